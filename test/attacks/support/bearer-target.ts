import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { Controller, Get, type Type } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { OidcAuthEvents, Optional, Required, type IDToken, type RefusedEvent } from 'nestjs-oidc-auth';
import type { AdapterName } from '../../support/apps.js';
import { bootAuthApp, type AuthApp, type AuthAppOptions } from '../../support/auth-app.js';
import { startStubProvider, type StubOptions, type StubProvider } from '../../support/stub-provider.js';
import type { WireAnswer } from '../../support/wire-client.js';

/** What is attacked: doors that want more and less of a token. */
@Controller()
export class TargetController {
  @Get('me')
  me(@Required() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('maybe')
  maybe(@Optional() token?: IDToken): { sub: string } {
    return { sub: token?.sub ?? 'nobody' };
  }

  @Get('reader')
  reader(@Required({ scopes: 'read:all' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('admin')
  admin(@Required({ claims: { groups: ['admins'] } }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

/** How a refusal looks on the wire and in the event; 401 `invalid_token` at `/me` unless it says otherwise. */
export interface Refusal {
  readonly reason: string;
  readonly status?: number;
  readonly error?: string;
  readonly path?: string;
  /** The scopes that the challenge names. */
  readonly scope?: string;
}

export interface TargetOptions extends AuthAppOptions {
  readonly provider?: StubOptions;
  /** The keys that the provider publishes, where they are not those that it signs with. */
  readonly jwks?: (stub: StubProvider) => readonly unknown[];
  /** In the place of {@link TargetController}. */
  readonly controllers?: Type[];
}

/** What an answer has to have for {@link BearerTarget.refused}. */
type Answer = Pick<WireAnswer, 'status' | 'headers' | 'json' | 'text'>;

/** An application under attack, and the provider that it trusts. */
export class BearerTarget {
  /** Refusals since the test began, as told by events. */
  readonly events: RefusedEvent[] = [];

  constructor(
    readonly stub: StubProvider,
    readonly app: AuthApp,
  ) {
    app.app.get(OidcAuthEvents).on('refused', (event) => this.events.push(event));
  }

  get url(): string {
    return this.app.url;
  }

  get(path: string, bearer?: string): Promise<WireAnswer> {
    return this.app.client.get(path, {}, bearer === undefined ? {} : { bearer });
  }

  /** That a token is refused in exactly this way, and that neither answer nor log repeats it. */
  async refuses(bearer: string, refusal: Refusal): Promise<void> {
    const answer = await this.get(refusal.path ?? '/me', bearer);
    this.refused(answer, refusal);
    const said = `${answer.text}\n${this.app.logs.text()}`;
    if (bearer.length > 20) expect(said.includes(bearer)).toBe(false);
  }

  /** That an answer is this refusal, and the only one that events told since the last look. */
  refused(answer: Answer, { reason, status = 401, error = 'invalid_token', scope }: Refusal): void {
    const told = this.events
      .splice(0)
      .map((event) => ({ reason: event.reason, status: event.status, error: event.error }));
    const description = answer.json.error_description;
    expect({ told, status: answer.status, json: answer.json }).toEqual({
      told: [{ reason, status, error }],
      status,
      json: { error, error_description: expect.stringMatching(/\w/), detail: description },
    });
    expect(answer.headers.get('www-authenticate')).toBe(challenge(reason, status, error, String(description), scope));
    if (status === 503) expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  }

  /** That a token lets in as the user it speaks of; without one, a genuine one of this moment. */
  async admits(carried: string | JWTPayload = {}, path = '/me'): Promise<void> {
    const bearer = typeof carried === 'string' ? carried : await this.stub.accessToken(carried);
    const { status, json } = await this.get(path, bearer);
    expect({ status, json, told: this.events.splice(0) }).toEqual({
      status: 200,
      json: { sub: 'stub-user' },
      told: [],
    });
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.stub.close();
  }
}

function challenge(reason: string, status: number, error: string, description: string, scope?: string): string | null {
  if (status !== 401 && status !== 403) return null;
  if (reason === 'token_missing') return 'Bearer';
  const wanted = scope === undefined ? '' : `, scope="${scope}"`;
  return `Bearer error="${error}", error_description="${description}"${wanted}`;
}

export async function bearerTarget(
  adapter: AdapterName,
  { provider, jwks, controllers = [TargetController], ...options }: TargetOptions = {},
): Promise<BearerTarget> {
  const stub = await startStubProvider(provider);
  if (jwks) stub.jwks = jwks(stub) as StubProvider['jwks'];
  return new BearerTarget(stub, await bootAuthApp(adapter, stub, { controllers, ...options }));
}

/** A target for one test, closed at its end. */
export async function withTarget(
  adapter: AdapterName,
  options: TargetOptions,
  test: (target: BearerTarget) => Promise<void>,
): Promise<void> {
  const target = await bearerTarget(adapter, options);
  try {
    await test(target);
  } finally {
    await target.close();
  }
}

/** One target for all tests of a `describe` block; what tests do to its provider is undone after each. */
export function targetOn(adapter: AdapterName, options: () => TargetOptions | Promise<TargetOptions> = () => ({})) {
  const held: { target?: BearerTarget; jwks?: StubProvider['jwks'] } = {};
  const target = (): BearerTarget => {
    if (!held.target) throw new Error('The target is there while tests run.');
    return held.target;
  };
  beforeAll(async () => {
    held.target = await bearerTarget(adapter, await options());
    held.jwks = held.target.stub.jwks;
  });
  beforeEach(() => void target().events.splice(0));
  afterEach(() => {
    target().stub.restore();
    target().stub.jwks = held.jwks ?? [];
  });
  afterAll(() => target().close());
  return target;
}

/** A clock that tests move. */
export class MovedClock {
  #ahead = 0;

  readonly now = (): number => Date.now() + this.#ahead;

  /** @param seconds how far time goes on */
  advance(seconds: number): void {
    this.#ahead += seconds * 1000;
  }
}

/** The claims of a genuine token, for tokens that are made by hand. */
export function genuineClaims({ issuer }: StubProvider, others: object = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, sub: 'stub-user', aud: 'my-api', scope: 'openid', iat: now, exp: now + 300, ...others };
}
