import { describe, expect, test } from '@jest/globals';
import { ProviderFaultError, ProviderUnavailableError } from '../../../lib/errors/index.js';
import { World } from '../../support/broker-world.js';

describe('rule 5: an answer of the provider is written until its fate is known', () => {
  test.each([
    ['fails', { kind: 'fails' }],
    ['takes effect, and its answer is lost', { kind: 'answer lost' }],
    ['takes effect later', { kind: 'late', after: 50 }],
    ['takes effect much later', { kind: 'late', after: 5_000 }],
  ] as const)('a commit that %s', async (_, mishap) => {
    const world = await World.open();
    const session = await world.logIn();
    world.database.next('commit', mishap);
    const calls = world.processes.map((process) => world.present(session.token, process));
    expect(await world.answered(...calls)).toEqual(['generation 2', 'generation 2']);
    await world.time.pass(10_000);
    expect((await world.database.row(session.id)).generation).toBe(2);
    expect(world.provider.presentations).toHaveLength(1);
    expect((await world.refresh(calls[0]?.successor ?? '', world.process(1))).answer).toBe('generation 3');
  });

  test('an outage of any length between the answer and its commit loses nothing', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const first = world.present(session.token);
    await world.time.until(() => world.provider.presentations.length === 1);
    world.database.away = true;
    expect(await world.answered(first)).toEqual(['503']);
    await world.time.pass(120_000);
    world.database.away = false;
    await world.time.pass(200);
    expect((await world.database.row(session.id)).generation).toBe(2);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
    expect(world.provider.presentations).toHaveLength(1);
  });

  test('a holder that lost its lease while it held the answer commits all the same, and the refusal of the next is void', async () => {
    const world = await World.open({ provider: 'rotate' });
    const session = await world.logIn();
    const [holder, other] = [world.process(0), world.process(1)];
    const first = world.present(session.token, holder);
    await world.time.until(() => world.provider.presentations.length === 1);
    holder.cutOff();
    const second = world.present(session.token, other);
    world.provider.next({ kind: 'slow', before: 500, after: 500 });
    await world.time.until(() => world.provider.presentations.length === 2);
    holder.reconnect();
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect((await world.database.row(session.id)).ended).toBe('');
    expect((await world.refresh(first.successor)).answer).toBe('generation 3');
  });

  test('only the holder may say that the provider refused', async () => {
    const world = await World.open({ provider: 'rotate' });
    const session = await world.logIn();
    const [holder, other] = [world.process(0), world.process(1)];
    // the first request takes so long that the second, of whoever thought the holder dead, overtakes it
    world.provider.next({ kind: 'slow', before: 12_000, after: 0 });
    const first = world.present(session.token, holder);
    await world.time.until(() => world.provider.presentations.length === 1);
    holder.standStill();
    world.database.next('commit', { kind: 'slow', before: 3_000, after: 0 }, { host: other });
    const second = world.present(session.token, other);
    await world.time.pass(11_000);
    holder.goOn();
    expect(await world.answered(first, second)).toEqual(['generation 2', 'generation 2']);
    expect(world.provider.presentations.map(({ fate }) => fate)).toEqual(['refused', 'granted']);
    expect((await world.database.row(session.id)).ended).toBe('');
  });

  test('an answer that another one overtook is dropped and not revoked', async () => {
    const world = await World.open({ provider: 'grace' });
    const session = await world.logIn();
    const [holder, other] = [world.process(0), world.process(1)];
    const first = world.present(session.token, holder);
    await world.time.until(() => world.provider.presentations.length === 1);
    holder.standStill();
    const second = await world.refresh(session.token, other);
    holder.goOn();
    expect(await world.answered(first)).toEqual(['generation 2']);
    await world.time.pass(60_000);
    expect(world.provider.revoked).toEqual([]);
    expect((await world.refresh(second.successor)).answer).toBe('generation 3');
  });

  test('where the database has gone back behind the generation, the new token is revoked and the session ends', async () => {
    const world = await World.open();
    const session = await world.logIn();
    const second = await world.refresh(session.token);
    await world.time.pass(1_000);
    const gone = world.time.now;
    world.provider.next({ kind: 'slow', before: 0, after: 100 });
    const third = world.present(second.successor);
    await world.time.until(() => world.provider.presentations.length === 2);
    await world.database.failOver(gone - 1_010);
    expect((await world.database.row(session.id)).generation).toBe(1);
    expect(await world.answered(third)).toEqual(['400 invalid_grant']);
    expect((await world.database.row(session.id)).ended).toBe('future');
    expect(world.provider.tokens.living).toEqual([]);
  });

  test('nobody is refused while the session lives: a session that moved on meanwhile is looked at again', async () => {
    const world = await World.open({ provider: 'static', processes: 3 });
    const session = await world.logIn();
    const second = await world.refresh(session.token);
    await world.time.pass(1_000);
    const gone = world.time.now;
    world.provider.next({ kind: 'slow', before: 0, after: 100 });
    const third = world.present(second.successor);
    await world.time.until(() => world.provider.presentations.length === 2);
    await world.database.failOver(gone - 1_010);
    // somebody else brings the row to where it had been, just before it would have been ended for having gone back
    world.database.next('end', { kind: 'slow', before: 500, after: 0 });
    await world.time.pass(200);
    await world.refresh(session.token, world.process(2));
    const [answer] = await world.answered(third);
    const { ended } = await world.database.row(session.id);
    expect([answer, ended]).toEqual(['generation 3', '']);
  });
});

describe('rule 5: what the provider says', () => {
  test('invalid_grant ends the session, for everybody', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.tokens.endLogin(session.held);
    const calls = world.processes.map((process) => world.present(session.token, process));
    expect(await world.answered(...calls)).toEqual(['400 invalid_grant', '400 invalid_grant']);
    expect((await world.database.row(session.id)).ended).toBe('refused');
    expect(world.provider.presentations).toHaveLength(1);
  });

  test.each(['fails', 'answer lost'] as const)(
    'a refusal is written until its fate is known, too: %s',
    async (kind) => {
      const world = await World.open();
      const session = await world.logIn();
      world.provider.tokens.endLogin(session.held);
      world.database.next('end', { kind });
      expect((await world.refresh(session.token)).answer).toBe('400 invalid_grant');
      expect((await world.database.row(session.id)).ended).toBe('refused');
      expect(world.process(0).endings).toEqual(['refused']);
      expect(world.provider.presentations).toHaveLength(1);
    },
  );

  test('a definite refusal is tried again in place, while callers wait', async () => {
    const world = await World.open();
    const session = await world.logIn();
    for (let failure = 0; failure < 4; failure++) world.provider.next({ kind: 'not now' });
    const calls = world.processes.map((process) => world.present(session.token, process));
    expect(await world.answered(...calls)).toEqual(['generation 2', 'generation 2']);
    expect(world.database.executed.filter(({ verb, result }) => verb === 'take' && result === true)).toHaveLength(1);
  });

  test('a provider that stays away is told to callers as 503, the lease is free and the session lives', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.mishap = () => ({ kind: 'not now' });
    expect((await world.refresh(session.token)).answer).toBe('503');
    await world.time.pass(100);
    const row = await world.database.row(session.id);
    expect([row.ended, row.lease, row.generation]).toEqual(['', '', 1]);
    world.provider.mishap = () => undefined;
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
  });

  test('a provider that wants more patience than callers have is not asked again for them', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'not now', retryAfter: 120 });
    const call = await world.refresh(session.token);
    expect([call.answer, (call.error as ProviderUnavailableError).retryAfter]).toEqual(['503', 120]);
    expect(world.time.now).toBeLessThan(1_000);
    expect((await world.database.row(session.id)).lease).toBe('');
  });

  test('a provider that refuses the client ends no session', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.next({ kind: 'objects' });
    expect((await world.refresh(session.token)).answer).toBe('502 server_error');
    expect((await world.database.row(session.id)).lease).toBe('');
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
  });

  test.each(['strict', 'rotate'] as const)(
    'an answer that is lost is asked for once more: %s refuses',
    async (provider) => {
      const world = await World.open({ provider });
      const session = await world.logIn();
      world.provider.next({ kind: 'answer lost' });
      expect((await world.refresh(session.token)).answer).toBe('503');
      expect((await world.database.row(session.id)).lease).toBe('');
      expect((await world.refresh(session.token, world.process(1))).answer).toBe('400 invalid_grant');
      expect((await world.database.row(session.id)).ended).toBe('refused');
    },
  );

  test.each(['grace', 'static'] as const)(
    'an answer that is lost is asked for once more: %s answers',
    async (provider) => {
      const world = await World.open({ provider });
      const session = await world.logIn();
      world.provider.next({ kind: 'answer lost' });
      expect((await world.refresh(session.token)).answer).toBe('503');
      expect((await world.refresh(session.token, world.process(1))).answer).toBe('generation 2');
    },
  );

  test('an answer that speaks of somebody else is worth nothing, and the session neither', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.failing.confirm = new ProviderFaultError('id_token_invalid');
    expect((await world.refresh(session.token)).answer).toBe('400 invalid_grant');
    expect((await world.database.row(session.id)).ended).toBe('identity');
    expect(world.provider.revoked).toContain(world.provider.presentations[0]?.given);
  });

  test('an answer that cannot be understood yet is kept, and handed out once it is understood', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.failing.describe = new ProviderUnavailableError('provider_unreachable', 'Away.');
    expect((await world.refresh(session.token)).answer).toBe('503');
    const row = await world.database.row(session.id);
    expect([row.generation, row.handedAt]).toEqual([2, null]);
    await world.time.pass(60_000);
    expect((await world.refresh(session.token, world.process(1))).answer).toBe('503');
    await world.time.pass(60_000);
    delete world.provider.failing.describe;
    const call = await world.refresh(session.token, world.process(1));
    expect(call.answer).toBe('generation 2');
    expect(world.provider.presentations).toHaveLength(1);
    expect((await world.refresh(call.successor)).answer).toBe('generation 3');
  });

  test('what nobody understands yet stays unstamped, also after a commit of unknown outcome', async () => {
    const world = await World.open();
    const session = await world.logIn();
    world.provider.failing.describe = new ProviderUnavailableError('provider_unreachable', 'Away.');
    world.database.next('commit', { kind: 'answer lost' });
    expect((await world.refresh(session.token)).answer).toBe('503');
    expect((await world.database.row(session.id)).handedAt).toBeNull();
    delete world.provider.failing.describe;
    await world.time.pass(3_600_000);
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
    expect((await world.database.row(session.id)).handedAt).not.toBeNull();
  });
});

describe('broker.resend: false', () => {
  test('ends a session whose answer was lost, without asking again', async () => {
    const world = await World.open({ provider: 'grace', resend: false });
    const session = await world.logIn();
    world.provider.next({ kind: 'answer lost' });
    expect((await world.refresh(session.token)).answer).toBe('400 invalid_grant');
    expect((await world.database.row(session.id)).ended).toBe('lost');
    expect(world.provider.presentations).toHaveLength(1);
  });

  test.each([undefined, 'answer lost'] as const)(
    'ends a session whose holder died, without asking again: %s',
    async (kind) => {
      const world = await World.open({ provider: 'grace', resend: false });
      const session = await world.logIn();
      world.provider.next({ kind: 'slow', before: 0, after: 1_000 });
      world.present(session.token);
      await world.time.until(() => world.provider.presentations.length === 1);
      world.process(0).kill();
      // not even when nobody knows whether its lease has been taken
      if (kind) world.database.next('take', { kind }, { host: world.process(1) });
      expect((await world.refresh(session.token, world.process(1))).answer).toBe('400 invalid_grant');
      expect((await world.database.row(session.id)).ended).toBe('lost');
      expect(world.provider.presentations).toHaveLength(1);
    },
  );

  test('keeps a session for which the provider could not even be asked', async () => {
    const world = await World.open({ resend: false });
    const session = await world.logIn();
    world.provider.failing.ready = new ProviderUnavailableError('provider_unreachable', 'No metadata.');
    expect((await world.refresh(session.token)).answer).toBe('503');
    world.provider.failing.ready = new ProviderFaultError('provider_metadata_invalid');
    expect((await world.refresh(session.token)).answer).not.toBe('400 invalid_grant');
    delete world.provider.failing.ready;
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
  });

  test('asks again after a definite refusal', async () => {
    const world = await World.open({ resend: false });
    const session = await world.logIn();
    world.provider.next({ kind: 'not now' });
    expect((await world.refresh(session.token)).answer).toBe('generation 2');
  });
});
