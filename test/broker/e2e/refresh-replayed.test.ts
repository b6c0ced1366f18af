import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { adapters } from '../../support/apps.js';
import { expectWireError } from '../../support/expect-wire.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { MovedClock } from '../../attacks/support/bearer-target.js';
import { bootBroker, type BrokerApp } from './support/broker-app.js';
import { expectShut } from './support/expect-doors.js';
import { answerTokens, refresh, sessionAt } from './support/stub-logins.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(() => stub.restore());
afterAll(() => stub.close());

describe.each(adapters)('a refresh token that has been used, on %s,', (adapter) => {
  let clock: MovedClock;
  let app: BrokerApp;
  beforeEach(async () => {
    clock = new MovedClock();
    app = await bootBroker(adapter, stub, { auth: { now: clock.now }, broker: { refresh: { beat: 0.05 } } });
  });
  afterEach(() => app.close());

  it('gives the same successor within the replay window, without asking the provider', async () => {
    const first = await sessionAt(app, stub);
    const successor = (await refresh(app, first.refresh)).json.refresh_token;
    const calls = stub.calls('token');
    clock.advance(8);
    const answer = await refresh(app, first.refresh);
    expect({ status: answer.status, token: answer.json.refresh_token }).toEqual({ status: 200, token: successor });
    expect(stub.calls('token')).toBe(calls);
  });

  it('ends the session after the replay window, and revokes what it holds at the provider', async () => {
    const first = await sessionAt(app, stub);
    answerTokens(stub, { others: { refresh_token: 'held-by-the-session' } });
    const second = await refresh(app, first.refresh);
    clock.advance(12);
    const calls = stub.calls('token');
    expectWireError(await refresh(app, first.refresh), 400, 'invalid_grant');
    expect(app.told.ended).toEqual([expect.objectContaining({ reason: 'reuse' })]);
    expect(stub.requestsTo('revocation').at(-1)?.form.get('token')).toBe('held-by-the-session');
    await expectShut(app, String(second.json.access_token), 'session_ended');
    expectWireError(await refresh(app, String(second.json.refresh_token)), 400, 'invalid_grant');
    expect(stub.calls('token')).toBe(calls);
  });

  it('ends the session at once, if it is older than the latest one', async () => {
    const first = await sessionAt(app, stub);
    const second = await refresh(app, first.refresh);
    expect((await refresh(app, String(second.json.refresh_token))).status).toBe(200);
    expectWireError(await refresh(app, first.refresh), 400, 'invalid_grant');
    expect(app.told.ended).toEqual([expect.objectContaining({ reason: 'reuse' })]);
  });

  it('ends the session at once, if there is no replay window', async () => {
    const other = await bootBroker(adapter, stub, {
      auth: { now: clock.now },
      broker: { refresh: { beat: 0.05, replayWindow: 0 } },
    });
    const first = await sessionAt(other, stub);
    expect((await refresh(other, first.refresh)).status).toBe(200);
    clock.advance(1);
    expectWireError(await refresh(other, first.refresh), 400, 'invalid_grant');
    await other.close();
  });
});
