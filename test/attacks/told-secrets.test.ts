import { inspect } from 'node:util';
import { describe, expect, it, jest } from '@jest/globals';
import { Get, Req, Res, type Type } from '@nestjs/common';
import { AuthController, type OidcAuthError } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { json, status, type Fault } from '../support/faults.js';
import { clients } from '../support/provider.js';
import type { StubRequest } from '../support/stub-provider.js';
import { loopbackTarget } from '../support/wire-client.js';
import { begin, beginWithVerifier, callback, redeem } from './support/logins.js';
import { newVerifier } from './support/pkce.js';
import { targetOn, type Target } from './support/target.js';

const canary = 'canary-of-the-provider';

/** Answers that repeat what was sent, as debugging providers do, and say more than anybody should know. */
const echoes: [name: string, fault: (echo: string) => Fault][] = [
  ['as the description of invalid_grant', (echo) => json({ error: 'invalid_grant', error_description: echo }, 400)],
  ['as the description of invalid_client', (echo) => json({ error: 'invalid_client', error_description: echo }, 401)],
  ['as the error itself', (echo) => json({ error: echo }, 400)],
  ['as an error_uri', (echo) => json({ error: 'invalid_request', error_uri: `https://x/?${echo}` }, 400)],
  ['in further members', (echo) => json({ error: 'server_error', request: echo, stack: echo }, 400)],
  ['in an answer of 500', (echo) => (_, response) => void response.writeHead(500).end(echo)],
  ['in a page', (echo) => (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(echo)],
  ['in JSON of another kind', (echo) => json([echo])],
  [
    'in broken JSON',
    (echo) => (_, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"a":"${echo}`),
  ],
  ['as an access token of the wrong kind', (echo) => json({ access_token: { echo }, token_type: echo })],
  [
    'as an ID token',
    (echo) =>
      json({ access_token: 'a', token_type: 'Bearer', id_token: `e30.${Buffer.from(echo).toString('base64url')}.x` }),
  ],
  [
    'in a challenge',
    (echo) => status(401, { 'www-authenticate': `Bearer error="invalid_token", error_description="${echo}"` }),
  ],
  ['in a redirect', (echo) => status(302, { location: `https://evil.example.org/?${echo}` })],
  ['in Retry-After', (echo) => status(429, { 'retry-after': echo })],
  ['in a header', (echo) => status(400, { 'x-debug': echo })],
];

/** What a request of ours to the provider holds that nobody else may know. */
function secretsOf({ form, headers }: StubRequest): string[] {
  const names = ['code', 'code_verifier', 'refresh_token', 'device_code', 'token', 'client_secret', 'client_assertion'];
  const { authorization = '' } = headers;
  return [...names.map((name) => form.get(name) ?? ''), authorization.split(' ')[1] ?? ''].filter(Boolean);
}

describe.each(adapters)('a provider that repeats what it was sent, on %s,', (adapter) => {
  const target = targetOn(adapter);

  /** Every request of ours with a secret in it. */
  const requests: ((secrets: Set<string>, { client, app, stub }: Target) => Promise<unknown>)[] = [
    async (secrets, { client, app }) => {
      const begun = await begin(client, loopbackTarget);
      secrets.add(begun.state).add(begun.nonce);
      return redeem(app, begun.state, {}, { code: 'code-of-a-native-client' });
    },
    async (secrets, { client, app }) => {
      const verifier = newVerifier();
      secrets.add(verifier).add((await beginWithVerifier(client, loopbackTarget, verifier)).nonce);
      return redeem(app, verifier, {}, { code: 'code-of-a-client-with-pkce' });
    },
    async (secrets, { client, app }) => {
      const begun = await begin(client, client.url('/auth/v2/callback'));
      secrets
        .add(begun.state)
        .add(begun.nonce)
        .add(begun.cookie.split('=')[1] ?? '');
      return callback(app, begun, { code: 'code-of-a-browser' });
    },
    async (secrets, { client }) => {
      secrets.add('a-refresh-token-that-is-secret');
      return client.post('/auth/v2/token', { refresh_token: 'a-refresh-token-that-is-secret' });
    },
    async (secrets, { client, stub }) => {
      stub.restore('device');
      const device_code = String((await client.post('/auth/v2/device')).json.device_code);
      secrets.add(device_code);
      return client.post('/auth/v2/token', { device_code });
    },
    async (_, { client }) => client.post('/auth/v2/device'),
    async (secrets, { client, stub }) => {
      const bearer = await stub.accessToken();
      secrets.add(bearer);
      await client.get('/auth/v2/userinfo', {}, { bearer });
      return client.post('/auth/v2/logout', {}, { bearer });
    },
  ];

  it.each(echoes)('%s: neither logs, events, the console nor answers hold it', async (_, fault) => {
    const app = await target.boot();
    const here: Target = { ...target, stub: target.stub, app, client: app.client };
    const secrets = new Set<string>([canary, clients.basic.clientSecret]);
    const written: string[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0),
    );
    const answers: string[] = [];
    const asked = target.stub.requests.length;
    try {
      for (const request of requests) {
        const echo: Fault = (given, response) => {
          const { form, headers } = given as StubRequest;
          fault(`${canary} ${form.toString()} ${headers.authorization ?? ''}`)(given, response);
        };
        for (const endpoint of ['token', 'device', 'userinfo', 'revocation'] as const) target.stub.on(endpoint, echo);
        const answer = (await request(secrets, here)) as { text: string; headers: Headers };
        answers.push(answer.text + JSON.stringify([...answer.headers]));
      }
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    for (const sent of target.stub.requests.slice(asked)) for (const secret of secretsOf(sent)) secrets.add(secret);
    expect(secrets.size).toBeGreaterThan(12);
    expect(app.refused.length).toBeGreaterThanOrEqual(5);

    const told = [app.logs.text(), JSON.stringify([app.refused, app.failed]), ...written].join('\n');
    const found = (text: string) => [...secrets].filter((secret) => text.includes(secret));
    expect(found(told)).toEqual([]);
    // an answer holds what its own request was given, and nothing that the provider said
    expect(answers.filter((text) => text.includes(canary) || text.includes(clients.basic.clientSecret))).toEqual([]);
  });
});

describe.each(adapters)('an error that an application handles itself, on %s,', (adapter) => {
  const target = targetOn(adapter);

  it.each(echoes)('%s: it holds codes, and no cause', async (_, fault) => {
    const caught: unknown[] = [];
    const app = await target.boot({ auth: { controller: catching(caught) } });
    const begun = await begin(app.client, app.client.url('/auth/v2/callback'));
    target.stub.on('token', (request, response) => fault(`${canary} ${request.form.toString()}`)(request, response));
    const answer = await callback(app, begun, { code: 'code-of-a-browser' });
    expect({ status: answer.status, caught: caught.length }).toEqual({ status: 418, caught: 1 });

    const error = caught[0] as OidcAuthError;
    expect({ reason: error.reason, status: error.status }).toEqual({
      reason: expect.stringMatching(/^(grant_refused|id_token_|provider_)/),
      status: expect.any(Number),
    });
    expect(error.cause).toBeUndefined();
    const everything = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: null });
    for (const secret of [canary, 'code-of-a-browser', begun.state, begun.nonce, clients.basic.clientSecret]) {
      expect(everything).not.toContain(secret);
    }
  });
});

/** An application's own callback, which keeps what it catches. */
function catching(caught: unknown[]): Type<AuthController> {
  class OwnController extends AuthController {
    override async callback(@Req() request: unknown, @Res() response: unknown): Promise<void> {
      const exchange = this.exchange(request, response);
      try {
        exchange.json(await this.completeLogin(exchange));
      } catch (error) {
        caught.push(error);
        exchange.json({ own: true }, 418);
      }
    }

    @Get('auth/v2/own')
    own(): string {
      return 'own';
    }
  }
  return OwnController;
}
