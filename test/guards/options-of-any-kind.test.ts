import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, OidcAuthModule, type OidcAuthOptions, type OidcAuthShape } from 'nestjs-oidc-auth';
import { bootContext, problemsOf, soundOptions } from './booted-context.js';

/** Every option, so that a new one cannot be forgotten here. */
const everyOption: Record<keyof OidcAuthOptions | Exclude<keyof OidcAuthShape, 'imports'>, true> = {
  clientId: true,
  clientSecret: true,
  clientAuthentication: true,
  discoveryUrl: true,
  issuer: true,
  tokenIssuers: true,
  audience: true,
  insecureAudience: true,
  insecureHttp: true,
  scopes: true,
  baseUrl: true,
  claims: true,
  verifier: true,
  offlineAccess: true,
  authorizationParams: true,
  timeout: true,
  secret: true,
  redirectUris: true,
  postLogoutRedirectUris: true,
  loopback: true,
  acceptStateAsVerifier: true,
  devicePkce: true,
  logoutHint: true,
  session: true,
  clockTolerance: true,
  algorithms: true,
  internalBaseUrl: true,
  metadata: true,
  cache: true,
  fetch: true,
  now: true,
  broker: true,
  prefix: true,
  endpoints: true,
  controller: true,
  isGlobal: true,
  name: true,
};
const options = Object.keys(everyOption);

const circular: unknown[] = [];
circular.push(circular);

/** Values that are right for no option. */
const oddValues: [string, unknown][] = [
  ['null', null],
  ['NaN', NaN],
  ['a bigint', 7n],
  ['a symbol', Symbol('odd')],
  ['a list that holds itself', circular],
  ['a list with a bigint', [7n]],
  ['an object that is no JSON', [{ toJSON: () => undefined }]],
];

describe.each(options)('the option %s', (option) => {
  it.each(oddValues)('is told if it is %s', async (_, value) => {
    const problems = await problemsOf({ ...soundOptions, [option]: value });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${option}: .*[.]$`))]);
    expect(problems.join()).not.toMatch(/undefined|\[object/);
  });
});

describe('what came', () => {
  it.each<[unknown, string]>([
    [NaN, 'got NaN'],
    [7n, 'got a bigint'],
    [Symbol('odd'), 'got a symbol'],
    [() => 'text', 'got a function'],
    [null, 'got null'],
    [{ a: 1 }, 'got {"a":1}'],
    ['', 'got ""'],
  ])('is named: %p', async (value, sentence) => {
    for (const option of ['clientId', 'scopes', 'baseUrl']) {
      expect((await problemsOf({ ...soundOptions, [option]: value })).join()).toContain(sentence);
    }
  });

  it('is cut short', async () => {
    const [problem = ''] = await problemsOf({ ...soundOptions, timeout: 'x'.repeat(10_000) });
    expect(problem).toMatch(/got "x+\.\.\.\.$/);
    expect(problem.length).toBeLessThan(250);
  });
});

describe('names that are no options', () => {
  it.each([
    ['client_id', 'clientId'],
    ['client_secret', 'clientSecret'],
    ['clientid', 'clientId'],
    ['client-id', 'clientId'],
    ['ClientId', 'clientId'],
    ['discovery_url', 'discoveryUrl'],
    ['offline_access', 'offlineAccess'],
    ['baseURL', 'baseUrl'],
    ['proxy', 'baseUrl'],
    ['timeout_sec', 'timeout'],
    ['broker_mode', 'broker'],
    ['jwks_uri', 'metadata: { jwks_uri }'],
  ])('are told: %s is called %s', async (name, meant) => {
    const problems = await problemsOf({ ...soundOptions, [name]: 'hush' });
    expect(problems).toEqual([`${name}: there is no such option: it is called ${meant}.`]);
  });

  it.each(['nonsense', 'constructor', 'toString', 'hasOwnProperty'])(
    'are told without a guess where nothing is near: %s',
    async (name) => {
      const problems = await problemsOf({ ...soundOptions, ...nameless(name) });
      expect(problems).toEqual([`${name}: there is no such option.`]);
    },
  );

  it.each([
    ['cache', { refresh_after: 5 }, 'cache.refresh_after'],
    ['session', { idle: 60, idel: 60 }, 'session.idel'],
    ['offlineAccess', { params: {}, param: {} }, 'offlineAccess.param'],
    ['endpoints', { signin: 'sign-in' }, 'endpoints.signin'],
  ])('are told within %s', async (option, value, name) => {
    const problems = await problemsOf({ ...soundOptions, [option]: value });
    expect(problems).toEqual([
      expect.stringMatching(new RegExp(`^${name}: there is no such (option|endpoint), only `)),
    ]);
  });

  it('are told within a private key, and nothing of the key', async () => {
    const clientAuthentication = { method: 'private_key_jwt', key: 'hush', alg: 'hush' };
    const problems = await problemsOf({ ...soundOptions, clientSecret: undefined, clientAuthentication });
    expect(problems).toContainEqual(expect.stringMatching(/^clientAuthentication\.alg: there is no such option/));
    expect(problems.join()).not.toContain('hush');
  });
});

/** `__proto__` as a name like any other, which it is to JSON. */
function nameless(name: string): object {
  const parsed = JSON.parse(`{${JSON.stringify(name)}: 1}`) as object;
  return Object.defineProperties({}, Object.getOwnPropertyDescriptors(parsed));
}

describe('options that are none', () => {
  it.each([
    [null, 'null'],
    ['text', 'a string'],
    [5, 'a number'],
    [[], 'a list'],
    [true, 'a boolean'],
  ])('are told by their kind alone: %j', async (value, kind) => {
    const boot = bootContext({ imports: [OidcAuthModule.forRootAsync({ useFactory: () => value as never })] });
    await expect(boot).rejects.toThrow(ConfigurationError);
    await expect(boot).rejects.toThrow(`options: expected an object, got ${kind}.`);
  });

  it('are told where a factory returns nothing', async () => {
    const boot = bootContext({ imports: [OidcAuthModule.forRootAsync({ useFactory: () => undefined as never })] });
    await expect(boot).rejects.toThrow(
      /clientId: is missing[\s\S]*audience: is missing[\s\S]*discoveryUrl: is missing/,
    );
  });
});

describe('several wrong options', () => {
  it('are one message, with a line for each', async () => {
    const wrong = {
      clientSecret: '',
      discoveryUrl: 5,
      timeout: -1,
      prefix: 'api',
      endpoints: { sign: 'x' },
      proxy: 'x',
    };
    const names = ['clientId', 'audience', ...Object.keys(wrong), 'endpoints'];
    const imports = [OidcAuthModule.forRoot(wrong as never)];
    const error: unknown = await bootContext({ imports }).catch((thrown: unknown) => thrown);
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.problems.map((problem) => problem.split(/[.:]/, 1)[0]).sort()).toEqual([...new Set(names)].sort());
    const lines = error.problems.map((problem) => `  - ${problem}`);
    expect(error.message).toBe(['nestjs-oidc-auth cannot start:', ...lines].join('\n'));
  });

  it('are printed once', async () => {
    const error: unknown = await bootContext({ imports: [OidcAuthModule.forRoot({} as never)] }).catch(
      (thrown: unknown) => thrown,
    );
    const printed = inspect(error);
    expect(printed.split('clientId: is missing')).toHaveLength(2);
  });
});
