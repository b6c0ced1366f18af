/** Reads options that came from outside, and collects what is wrong with them, each in a sentence of its own. */
export class OptionReader {
  /** Whether there is anything to read from. */
  readonly isObject: boolean;
  readonly #options: Readonly<Record<string, unknown>>;

  constructor(
    options: unknown,
    readonly problems: string[] = [],
    /** Path of the options within the whole, e.g. `cache.`. */
    private readonly path = '',
  ) {
    this.isObject = isRecord(options);
    this.#options = isRecord(options) ? options : {};
    if (options !== undefined && !isRecord(options)) {
      const what =
        path === ''
          ? `options: expected an object, got ${kindOf(options)}`
          : `${path.slice(0, -1)}: expected an object, got ${shown(options)}`;
      this.problems.push(`${what}.`);
    }
  }

  get names(): string[] {
    return Object.keys(this.#options);
  }

  raw(name: string): unknown {
    return this.#options[name];
  }

  /** Notes what is wrong with an option, and how to mend it. */
  complain(name: string, sentence: string): void {
    this.problems.push(`${this.path}${name}: ${sentence}`);
  }

  string(name: string, remedy: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.complain(name, `expected a string that is not empty, got ${shown(value)}. ${remedy}`);
    return undefined;
  }

  /** A string, or a list of strings, as a list. */
  strings(name: string, remedy: string): string[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > 0 && list.every((entry) => typeof entry === 'string' && entry.trim() !== ''))
      return list as string[];
    this.complain(name, `expected a string or a list of strings, none of them empty, got ${shown(value)}. ${remedy}`);
    return undefined;
  }

  choice<const Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    const chosen = values.find((one) => one === value);
    if (chosen === undefined) this.complain(name, `expected one of ${values.join(', ')}, got ${shown(value)}.`);
    return chosen;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'boolean') return value ?? fallback;
    this.complain(name, `expected true or false, got ${shown(value)}.`);
    return fallback;
  }

  number(
    name: string,
    { fallback, least, most, unit }: { fallback: number; least: number; most: number; unit: string },
  ): number {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && value >= least && value <= most) return value;
    this.complain(name, `expected a number of ${unit} from ${least} to ${most}, got ${shown(value)}.`);
    return fallback;
  }

  url(name: string, remedy: string): URL | undefined {
    const value = this.string(name, remedy);
    if (value === undefined) return undefined;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url && isPlainWebUrl(url)) return url;
    this.complain(name, `expected a URL with https and without a user, got ${shown(value)}. ${remedy}`);
    return undefined;
  }

  /** An object of strings. */
  stringRecord(name: string): Record<string, string> | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string'))
      return value as Record<string, string>;
    this.complain(name, `expected an object whose values are strings, got ${shown(value)}.`);
    return undefined;
  }

  function<T>(name: string, fallback: T): T {
    const value = this.raw(name);
    if (value === undefined) return fallback;
    if (typeof value === 'function') return value as T;
    this.complain(name, `expected a function, got ${shown(value)}.`);
    return fallback;
  }

  /** @param known the names that may be there; any, if not given */
  nested(name: string, known?: readonly string[]): OptionReader {
    const nested = new OptionReader(this.raw(name), this.problems, `${this.path}${name}.`);
    if (known) nested.refuseUnknown(known);
    return nested;
  }

  refuseUnknown(known: readonly string[]): void {
    for (const unknown of this.names.filter((one) => !known.includes(one))) {
      this.complain(unknown, `there is no such option, only ${known.join(', ')}.`);
    }
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The options as a whole hold secrets: they are never shown. */
function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`;
}

/** A URL on the web without user and password. */
export function isPlainWebUrl({ protocol, username, password }: URL): boolean {
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

const MOST_SHOWN = 120;

/** What came, short enough for a sentence, and without what could be a password. Never used on options that hold secrets. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' && typeof value !== 'object' && typeof value !== 'boolean') return `a ${typeof value}`;
  const text = json(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3)}...` : text;
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? withoutUser(part) : part));
  } catch {
    return `a ${typeof value} that cannot be shown`;
  }
}

/** Whatever stands before an @ could be a user and a password, in a URL or in what was meant as one. */
function withoutUser(text: string): string {
  const at = text.lastIndexOf('@');
  return at === -1 ? text : `...${text.slice(at)}`;
}
