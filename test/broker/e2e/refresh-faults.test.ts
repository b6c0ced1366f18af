import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { adapters } from '../../support/apps.js';
import { expectTokens, expectWireError } from '../../support/expect-wire.js';
import {
  drip,
  halfBody,
  hang,
  huge,
  json,
  notJson,
  overloaded,
  redirect,
  status,
  type Fault,
} from '../../support/faults.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectOpen } from './support/expect-doors.js';
import { refresh, sessionAt } from './support/stub-logins.js';

const busy = { status: 503, error: 'temporarily_unavailable' };
const nonsense = { status: 502, error: 'server_error' };

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(async () => {
  stub.restore();
  await stub.up();
});
afterAll(() => stub.close());

describe.each(adapters)('a refresh on %s, with a provider that', (adapter) => {
  let app: BrokerApp;
  beforeAll(async () => {
    // the provider hangs for this long; a machine that is busy answers sooner
    const times = { patience: 6, providerTimeout: 2, beat: 0.5 };
    app = await bootBroker(adapter, stub, { broker: { refresh: times } });
  });
  afterAll(() => app.close());

  /** That a session is untouched: its access token opens, and the refresh token that failed refreshes. */
  const expectAlive = async ({ access, refresh: token }: { access: string; refresh: string }) => {
    expect(app.told.ended).toEqual([]);
    await expectOpen(app, access);
    stub.restore();
    await stub.up();
    expectTokens(await refresh(app, token), true);
  };

  it.each<[string, Fault, { status: number; error: string }]>([
    ['answers 500', status(500), busy],
    ['answers 502', status(502), busy],
    ['answers 503', status(503), busy],
    ['answers 504', status(504), busy],
    ['breaks off', halfBody, busy],
    ['hangs', hang, busy],
    ['drips', drip, busy],
    ['resets the connection', (_, response) => void response.destroy(), busy],
    ['says temporarily_unavailable', json({ error: 'temporarily_unavailable' }, 400), busy],
    ['sends a page', notJson, nonsense],
    ['sends a list', json([]), nonsense],
    ['sends nothing', status(200), nonsense],
    ['sends no access token', json({ token_type: 'Bearer' }), nonsense],
    ['sends a token that is no bearer', json({ access_token: 'a', token_type: 'MAC' }), nonsense],
    ['sends two megabytes', huge(2), nonsense],
    ['redirects', redirect('https://evil.example.org/'), nonsense],
    ['refuses this client', json({ error: 'invalid_client' }, 401), nonsense],
    ['invents an error', json({ error: 'made_up', error_description: 'secret-detail' }, 400), nonsense],
  ])('%s costs nobody the session', async (_, fault, expected) => {
    const session = await sessionAt(app, stub);
    stub.on('token', fault);
    const answer = await refresh(app, session.refresh);
    expectWireError(answer, expected.status, expected.error);
    expect(answer.headers.has('retry-after')).toBe(expected.status === 503);
    expect(answer.text).not.toContain('secret-detail');
    await expectAlive(session);
  });

  it.each(['invalid_scope', 'invalid_request', 'unsupported_grant_type'])(
    'objects to something else than the token, with %s, costs nobody the session',
    async (error) => {
      const session = await sessionAt(app, stub);
      stub.on('token', json({ error }, 400));
      expectWireError(await refresh(app, session.refresh), 400, error);
      await expectAlive(session);
    },
  );

  it('says Retry-After is taken at its word', async () => {
    const session = await sessionAt(app, stub);
    for (const code of [429, 503]) {
      stub.on('token', overloaded(7, code));
      const calls = stub.calls('token');
      const answer = await refresh(app, session.refresh);
      expectWireError(answer, 503, 'temporarily_unavailable');
      expect(answer.headers.get('retry-after')).toBe('7');
      expect(stub.calls('token')).toBe(calls + 1);
    }
    await expectAlive(session);
  });

  it('is down costs nobody the session', async () => {
    const session = await sessionAt(app, stub);
    await stub.down();
    const answer = await refresh(app, session.refresh);
    expectWireError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await expectAlive(session);
  });

  it('fails once and then answers is asked again while the caller waits', async () => {
    const patient = await bootBroker(adapter, stub, { broker: { refresh: { patience: 20 } } });
    const session = await sessionAt(patient, stub);
    const calls = stub.calls('token');
    stub.on('token', (request, response) => {
      if (stub.calls('token') > calls + 1) return stub.tokens();
      status(500)(request, response);
      return undefined;
    });
    expectTokens(await refresh(patient, session.refresh), true);
    expect(stub.calls('token')).toBe(calls + 2);
    await patient.close();
  });

  it('takes longer than callers wait is not asked twice: its answer is kept, and the next one who asks gets it', async () => {
    const impatient = await bootBroker(adapter, stub, {
      broker: { refresh: { patience: 0.3, beat: 0.05, providerTimeout: 30 } },
    });
    const session = await sessionAt(impatient, stub);
    const calls = stub.calls('token');
    let answerNow: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (answerNow = resolve));
    stub.on('token', async () => {
      await held;
      return stub.tokens();
    });
    for (let attempt = 0; attempt < 2; attempt++) {
      const answer = await refresh(impatient, session.refresh);
      expectWireError(answer, 503, 'temporarily_unavailable');
      expect(impatient.told.refused.at(-1)).toMatchObject({ reason: 'session_busy' });
    }
    answerNow();
    let answer = await refresh(impatient, session.refresh);
    while (answer.status === 503) answer = await refresh(impatient, session.refresh);
    expectTokens(answer, true);
    expect(stub.calls('token')).toBe(calls + 1);
    await impatient.close();
  });
});
