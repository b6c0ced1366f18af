import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import {
  OidcAuthEvents,
  Optional,
  Required,
  type IDToken,
  type ProviderFailedEvent,
  type RefusedEvent,
} from 'nestjs-oidc-auth';
import type { AdapterName, App } from '../../support/apps.js';
import { bootAuthApp, type AuthApp, type AuthAppOptions } from '../../support/auth-app.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { jsonOf, type WireAnswer, type WireClient } from '../../support/wire-client.js';

/** Routes of an application as attackers find it. */
@Controller()
export class DoorsController {
  @Get('door')
  door(@Required() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('admin')
  admin(@Required({ scopes: 'admin' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('readers')
  readers(@Required({ scopes: 'read' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('staff')
  staff(@Required({ claims: { 'realm_access.roles': ['staff'] } }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('maybe')
  maybe(@Optional() token?: IDToken): { sub: string | null } {
    return { sub: token?.sub ?? null };
  }

  @Get('lenient')
  lenient(@Optional({ onInvalid: 'anonymous' }) token?: IDToken): { sub: string | null } {
    return { sub: token?.sub ?? null };
  }
}

/** What an application told about itself. */
export interface Told {
  readonly refused: RefusedEvent[];
  readonly failed: ProviderFailedEvent[];
}

export type Attacked = AuthApp & Told;

/** A refusal in full: the status, the error code on the wire and the reason code in the event. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly reason: string;
}

/** 401 `invalid_token`, for this reason. */
export const badToken = (reason: string): Refusal => ({ status: 401, error: 'invalid_token', reason });

/** 400 `invalid_request`, for this reason. */
export const badRequest = (reason: string): Refusal => ({ status: 400, error: 'invalid_request', reason });

/** 400 `invalid_grant`, for this reason. */
export const badGrant = (reason: string): Refusal => ({ status: 400, error: 'invalid_grant', reason });

/** 502 `server_error`, for this reason. */
export const badAnswer = (reason: string): Refusal => ({ status: 502, error: 'server_error', reason });

/** 503 `temporarily_unavailable`, for this reason. */
export const unavailable = (reason: string): Refusal => ({ status: 503, error: 'temporarily_unavailable', reason });

/** Listens to what an application tells. */
export function listen({ app }: Pick<App, 'app'>): Told {
  const told: Told = { refused: [], failed: [] };
  const events = app.get(OidcAuthEvents, { strict: false });
  events.on('refused', (event) => void told.refused.push(event));
  events.on('provider-failed', (event) => void told.failed.push(event));
  return told;
}

export interface Target {
  readonly stub: StubProvider;
  readonly app: Attacked;
  readonly client: WireClient;
  /** Another application at the same provider, closed after the test. */
  boot(options?: AuthAppOptions): Promise<Attacked>;
  /** A genuine token still gets in. */
  expectGenuine(): Promise<void>;
  /** This token does not, for this reason, on any route. */
  expectBadToken(token: string, reason: string): Promise<void>;
}

/** A stub provider and an application with {@link DoorsController} for the tests of a `describe` block. */
export function targetOn(adapter: AdapterName, options: AuthAppOptions = {}): Target {
  let stub: StubProvider;
  let app: Attacked;
  const others: AuthApp[] = [];
  const bootOne = async (given: AuthAppOptions): Promise<Attacked> => {
    const booted = await bootAuthApp(adapter, stub, { controllers: [DoorsController], ...given });
    return { ...booted, ...listen(booted) };
  };
  beforeAll(async () => {
    stub = await startStubProvider();
    app = await bootOne(options);
  });
  afterEach(async () => {
    stub.restore();
    await stub.up();
    stub.jwks = stub.keys.map(({ publicJwk }) => publicJwk);
    for (const other of others.splice(0)) await other.close();
  });
  afterAll(async () => {
    await app.close();
    await stub.close();
  });
  return {
    get stub() {
      return stub;
    },
    get app() {
      return app;
    },
    get client() {
      return app.client;
    },
    boot: async (given = {}) => {
      const other = await bootOne(given);
      others.push(other);
      return other;
    },
    expectGenuine: async () => expectAdmitted(app, await stub.accessToken()),
    expectBadToken: async (token, reason) => {
      await expectRefused(app, () => app.client.get('/door', {}, { bearer: token }), badToken(reason));
      await expectRefused(app, () => app.client.get('/maybe', {}, { bearer: token }), badToken(reason));
    },
  };
}

/** A request that gets exactly this refusal: status, body, challenge, and one event with the reason. */
export async function expectRefused(
  { refused }: Pick<Told, 'refused'>,
  request: () => Promise<Pick<WireAnswer, 'status' | 'text' | 'headers'>>,
  expected: Refusal,
): Promise<void> {
  const before = refused.length;
  const { status, text, headers } = await request();
  const body = jsonOf(text);
  const reasons = refused.slice(before).map(({ reason }) => reason);
  const { status: wanted, error, reason } = expected;
  expect({ status, error: body.error, reasons }).toEqual({ status: wanted, error, reasons: [reason] });
  expect(body).toEqual({ error, error_description: expect.any(String), detail: body.error_description });
  expectHeaders(headers, expected);
  expect(refused.at(-1)).toMatchObject({ status, error });
}

function expectHeaders(headers: Headers, { status, error, reason }: Refusal): void {
  const challenge = headers.get('www-authenticate');
  if (reason === 'token_missing') expect(challenge).toBe('Bearer');
  else if (status === 401 || status === 403) expect(challenge).toMatch(new RegExp(`^Bearer error="${error}", `));
  else expect(challenge).toBeNull();
  if (status === 503) expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  else expect(headers.get('retry-after')).toBeNull();
}

/** A token that gets in. */
export async function expectAdmitted({ client }: Pick<AuthApp, 'client'>, bearer: string, path = '/door') {
  const { status, json } = await client.get(path, {}, { bearer });
  expect({ status, ...json }).toEqual({ status: 200, sub: 'stub-user' });
}
