import { Controller, Get, Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  IDToken,
  InsufficientScopeError,
  InvalidTokenError,
  OidcAuth,
  OidcAuthModule,
  ProviderUnavailableError,
  Required,
  type OidcAuthOptions,
} from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { hang, status } from '../support/faults.js';
import { startStubProvider, type StubEndpoint, type StubProvider } from '../support/stub-provider.js';
import { loopbackTarget } from '../support/wire-client.js';
import { bootContext, soundOptions, type BootedContext } from './booted-context.js';
import { doorsOn } from './guarded-app.js';

let stub: StubProvider;
const booted: BootedContext[] = [];
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(async () => {
  for (const { context } of booted.splice(0)) await context.close();
  stub.restore();
  await stub.up();
});
afterAll(() => stub.close());

async function worker(others: Partial<OidcAuthOptions> = {}) {
  const registration = OidcAuthModule.forRoot({ ...soundOptions, discoveryUrl: stub.discoveryUrl, ...others });
  const one = await bootContext({ imports: [registration] });
  booted.push(one);
  return { ...one, auth: one.context.get(OidcAuth) };
}

/** Settles when a request to the endpoint is under way; it is never answered. */
function underWay(endpoint: StubEndpoint): Promise<void> {
  return new Promise((resolve) => {
    stub.on(endpoint, (request, response) => {
      hang(request, response);
      resolve();
    });
  });
}

const refused = (reason: string) => expect.objectContaining({ reason });

describe('an application without HTTP server', () => {
  it('boots without a word, asks nobody, and ends', async () => {
    const before = stub.requests.length;
    const { logs, context } = await worker();
    expect(logs.text('warn') + logs.text('error')).toBe('');
    await context.close();
    expect(stub.requests).toHaveLength(before);
  });

  it('proves tokens that come by other ways than HTTP', async () => {
    const { auth } = await worker();
    const token = await auth.verify(await stub.accessToken({ sub: 'ada', tenant: 'blue' }));
    expect(token).toBeInstanceOf(IDToken);
    expect(token).toMatchObject({ sub: 'ada', tenant: 'blue' });
    expect(Object.isFrozen(token)).toBe(true);
  });

  it('refuses those that are none, with an error of this package', async () => {
    const { auth } = await worker();
    const attempts: [string, string][] = [
      ['', 'token_malformed'],
      ['garbage', 'token_malformed'],
      [`Bearer ${await stub.accessToken()}`, 'token_malformed'],
      [await stub.accessToken({ aud: 'other' }), 'audience_mismatch'],
      [await stub.accessToken({ exp: 1 }), 'expired'],
      [await stub.idToken({ aud: 'my-api', at_hash: 'a' }), 'not_an_access_token'],
      ['a'.repeat(20_000), 'token_too_large'],
    ];
    for (const [token, reason] of attempts) {
      const attempt = auth.verify(token);
      await expect(attempt).rejects.toThrow(InvalidTokenError);
      await expect(attempt).rejects.toEqual(refused(reason));
    }
  });

  it('wants what the option claims wants of every token', async () => {
    const { auth } = await worker({ claims: { groups: 'staff' } });
    const attempt = auth.verify(await stub.accessToken({ groups: ['guests'] }));
    await expect(attempt).rejects.toThrow(InsufficientScopeError);
    await expect(attempt).rejects.toEqual(refused('claim_missing'));
    expect((await auth.verify(await stub.accessToken({ groups: ['staff'] }))).groups).toEqual(['staff']);
  });

  it('is told when the provider cannot be asked', async () => {
    stub.on('jwks', status(500));
    const { auth } = await worker();
    await expect(auth.verify(await stub.accessToken())).rejects.toThrow(ProviderUnavailableError);
  });

  it('does not boot with a wrong option', async () => {
    await expect(worker({ timeout: -1 })).rejects.toThrow(ConfigurationError);
  });
});

@Controller()
class MeController {
  @Get('me')
  me(@Required() token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('open')
  open(): string {
    return 'open';
  }
}

describe.each(adapters)('with the provider down, an application on %s', (adapter) => {
  const doors = doorsOn(adapter);

  it('boots, is not ready for tokens, and is as soon as the provider is back', async () => {
    let now = Date.now();
    await doors.stub.down();
    const app = await doors.boot({ controllers: [MeController], auth: { now: () => now } });
    expect(await app.status('/open')).toBe(200);
    expect(await app.status('/me')).toBe(401);
    const login = `/auth/v2/login?redirect_uri=${encodeURIComponent(loopbackTarget)}`;
    for (const answer of [await app.get('/me', { sub: 'ada' }), await app.get(login)]) {
      expect(answer).toMatchObject({ status: 503, json: { error: 'temporarily_unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    await doors.stub.up();
    expect(await app.status('/me', { sub: 'ada' })).toBe(503);
    now += 1_000;
    expect((await app.get('/me', { sub: 'ada' })).json).toEqual({ sub: 'ada' });
    expect(await app.status(login)).toBe(302);
  });
});

describe('the end of an application', () => {
  it.each<StubEndpoint>(['discovery', 'jwks'])(
    'ends a request to the provider that is under way (%s)',
    async (endpoint) => {
      const { auth, context } = await worker();
      const requested = underWay(endpoint);
      const attempt = auth.verify(await stub.accessToken());
      const outcome = expect(attempt).rejects.toThrow(ProviderUnavailableError);
      await requested;
      await context.close();
      await outcome;
    },
  );

  it('is the end of all requests', async () => {
    const { auth, context } = await worker();
    await context.close();
    const before = stub.requests.length;
    await expect(auth.verify(await stub.accessToken())).rejects.toThrow(ProviderUnavailableError);
    expect(stub.requests).toHaveLength(before);
  });

  it('leaves those alone that modules make while they are destroyed', async () => {
    const seen: string[] = [];

    @Injectable()
    class LastWords implements OnModuleDestroy {
      constructor(@Inject(OidcAuth) private readonly auth: OidcAuth) {}

      async onModuleDestroy(): Promise<void> {
        seen.push((await this.auth.verify(await stub.accessToken({ sub: 'ada' }))).sub);
      }
    }
    const registration = OidcAuthModule.forRoot({ ...soundOptions, discoveryUrl: stub.discoveryUrl });
    const { context } = await bootContext({ imports: [registration], providers: [LastWords] });
    await context.close();
    expect(seen).toEqual(['ada']);
  });

  it('of one leaves another alone', async () => {
    const [one, other] = [await worker(), await worker()];
    await one.context.close();
    expect((await other.auth.verify(await stub.accessToken({ sub: 'ada' }))).sub).toBe('ada');
  });
});
