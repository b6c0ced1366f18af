const NAME = 'oidc-auth-';
/** As many log-ins a browser can have under way at once; the oldest give way. */
const MOST = 8;

interface CookieSettings {
  /** Whether browsers reach the application over https. */
  secure: boolean;
  /** In seconds. */
  lifetime: number;
}

/** The cookies that bind log-in attempts to a browser: one per attempt, good for one use, bounded in number. */
export class LoginCookies {
  readonly #sent: ReadonlyMap<string, string>;
  readonly #prefix: string;

  /** @param header the request's Cookie header */
  constructor(
    header: string | undefined,
    private readonly settings: CookieSettings,
    private readonly append: (setCookie: string) => void,
  ) {
    this.#prefix = settings.secure ? `__Host-${NAME}` : NAME;
    this.#sent = parse(header ?? '', this.#prefix);
  }

  valueOf(attempt: string): string | undefined {
    return this.#sent.get(attempt);
  }

  set(attempt: string, value: string): void {
    const oldestFirst = [...this.#sent.keys()].sort();
    for (const surplus of oldestFirst.slice(0, Math.max(0, oldestFirst.length - MOST + 1))) this.drop(surplus);
    this.append(this.#cookie(attempt, value, this.settings.lifetime));
  }

  drop(attempt: string): void {
    if (this.#sent.has(attempt)) this.append(this.#cookie(attempt, '', 0));
  }

  #cookie(attempt: string, value: string, maxAge: number): string {
    const secure = this.settings.secure ? '; Secure' : '';
    return `${this.#prefix}${attempt}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  }
}

function parse(header: string, prefix: string): Map<string, string> {
  const pairs = header.split(';').map((pair) => pair.trim().split('=') as [string, string | undefined]);
  const own = pairs.filter(([name, value]) => name.startsWith(prefix) && value !== undefined);
  const attempts = own.map(([name, value]) => [name.slice(prefix.length), value ?? ''] as const);
  // an attempt that this package did not name is not echoed back in a header
  return new Map(attempts.filter(([attempt]) => /^[a-z0-9]{1,12}-[0-9a-f]{12}$/.test(attempt)));
}
