import { RefreshTokens } from '../../../lib/broker/refresh-tokens.js';
import type { SessionRow } from '../../../lib/broker/index.js';
import { contentFrom } from '../../../lib/broker/session-content.js';
import { Vault } from '../../../lib/broker/vault.js';
import { ProviderUnavailableError } from '../../../lib/errors/index.js';
import { generationOf, type Call } from '../../support/broker-call.js';
import type { Mishap } from '../../support/broker-database.js';
import { ENCRYPTION_KEY, type BrokerProcess } from '../../support/broker-process.js';
import type { RequestMishap } from '../../support/broker-provider.js';
import type { Host } from '../../support/broker-time.js';
import { World, type Login } from '../../support/broker-world.js';
import type { Action, Fault, Scenario } from './scenario.js';

export const vault = new Vault([ENCRYPTION_KEY]);
const refreshTokens = new RefreshTokens([ENCRYPTION_KEY], 'https://app.example.org', 'client');

/** A token that was presented. */
export interface Presented {
  call: Call;
  /** Nothing: it was none of ours. */
  login: Tracked | undefined;
  generation: number;
  /** How many statements had been executed by then. */
  before: number;
  /** A last, honest attempt when all is quiet. */
  probe: boolean;
}

export interface Tracked extends Login {
  user: string;
}

/** Something that went wrong with a process, or with the database for everybody. */
export interface Disturbance {
  kind: Fault['do'];
  host: Host | undefined;
  from: number;
  to: number;
}

/** Another verb of the broker, and how long it took. */
export interface Asked {
  what: 'log in' | 'log out' | 'back-channel' | 'purge';
  host: Host;
  at: number;
  settled: number | undefined;
}

interface Client {
  login: Tracked;
  token: string;
}

/** What happened in one scenario, from the first step until all is quiet. */
export class History {
  readonly logins: Tracked[] = [];
  readonly presented: Presented[] = [];
  readonly disturbances: Disturbance[] = [];
  readonly asked: Asked[] = [];
  /** Log-ins that ended at the provider, by session. */
  readonly endedAtProvider = new Set<string>();
  /** When all had come to rest. */
  quiet = Infinity;
  /** What was still to happen when all should have come to rest. */
  left = 0;
  /** The rows in the end, before the last purge and after it. */
  rows: SessionRow[] = [];
  /** Refresh tokens that the provider would take, before the last purge and after it. */
  living: string[] = [];
  livingAfterPurge: string[] = [];
  readonly #clients: Client[] = [];

  private constructor(
    readonly world: World,
    readonly scenario: Scenario,
  ) {}

  static async of(scenario: Scenario): Promise<History> {
    const { provider, processes, resend, beat, travel } = scenario;
    const world = await World.open({ provider, processes, resend, beat });
    let messages = 0;
    const next = () => travel[messages++ % travel.length] ?? 1;
    world.database.travel = next;
    world.provider.travel = next;
    const history = new History(world, scenario);
    await history.#do({ do: 'log in', process: 0, user: 0 });
    await world.time.until(() => history.logins.length === 1);
    for (const { after, action } of scenario.steps) {
      await world.time.pass(after);
      await history.#do(action);
    }
    await history.#comeToRest();
    return history;
  }

  get alive(): readonly BrokerProcess[] {
    return this.world.processes.filter(({ dead }) => !dead);
  }

  async #do(action: Action): Promise<void> {
    switch (action.do) {
      case 'log in':
        return this.#logIn(this.#process(action.process), `user ${action.user}`);
      case 'refresh': {
        const client = round(this.#clients, action.client);
        if (client) this.#present(client.token, this.#process(action.process), client.login, client);
        return;
      }
      case 'rush': {
        const client = round(this.#clients, action.client);
        const token = client?.token ?? '';
        if (client) for (const process of this.alive) this.#present(token, process, client.login, client);
        return;
      }
      case 'copy': {
        const client = round(this.#clients, action.client);
        if (client) this.#clients.push({ ...client });
        return;
      }
      case 'replay':
      case 'forge': {
        const login = round(this.logins, action.session);
        if (!login) return;
        const { generation } = (await this.#rowOf(login.id)) ?? { generation: 1 };
        if (action.do === 'forge' && action.ahead === 0) {
          this.#present(`${login.token}x`, this.#process(action.process), undefined);
          return;
        }
        const wanted = action.do === 'forge' ? generation + action.ahead : Math.max(1, generation - action.age);
        this.#present(refreshTokens.issue(login.id, wanted), this.#process(action.process), login);
        return;
      }
      case 'log out': {
        const login = round(this.logins, action.session);
        const process = this.#process(action.process);
        if (login) this.#ask('log out', process, process.broker.revoke(login.token));
        return;
      }
      case 'back-channel': {
        const login = round(this.logins, action.session);
        const process = this.#process(action.process);
        if (!login) return;
        const token = this.world.provider.logoutToken(login.held, action.by);
        this.#ask('back-channel', process, process.broker.backchannelLogout(token));
        return;
      }
      case 'purge': {
        const process = this.#process(action.process);
        this.#ask('purge', process, process.broker.purgeExpired());
        return;
      }
      case 'end at provider': {
        const login = round(this.logins, action.session);
        if (!login) return;
        this.world.provider.tokens.endLogin(login.held);
        this.endedAtProvider.add(login.id);
        return;
      }
      case 'fail over':
        this.disturbances.push({
          kind: 'fail over',
          host: undefined,
          from: this.world.time.now,
          to: this.world.time.now,
        });
        return this.world.database.failOver(this.world.time.now - action.lacks);
      case 'set clock':
        this.#process(action.process).ahead = action.ahead;
        return;
      default:
        this.#fail(action);
    }
  }

  #fail(fault: Exclude<Fault, { do: 'fail over' }>): void {
    const { world } = this;
    const { time, database, provider } = world;
    const lasts = 'lasts' in fault ? fault.lasts : Infinity;
    const host = 'process' in fault ? this.#process(fault.process) : undefined;
    // somebody has to be left to tell what became of it all
    if (fault.do === 'kill' && this.alive.length === 1) return;
    this.disturbances.push({ kind: fault.do, host, from: time.now, to: time.now + lasts });
    switch (fault.do) {
      case 'kill':
        host?.kill({ lost: fault.lost });
        return;
      case 'stand still':
        host?.standStill();
        time.after(lasts, undefined, () => host?.goOn());
        return;
      case 'cut off':
        host?.cutOff();
        time.after(lasts, undefined, () => host?.reconnect());
        return;
      case 'database away':
        database.away = true;
        time.after(lasts, undefined, () => (database.away = false));
        return;
      case 'statement':
        database.next(fault.verb, mishapOf(fault), { skip: fault.skip });
        return;
      case 'request':
        provider.next(requestMishapOf(fault));
        return;
      case 'provider away':
        provider.failing[fault.what] = new ProviderUnavailableError('provider_unreachable', 'It is away.');
        time.after(lasts, undefined, () => (provider.failing[fault.what] = undefined));
    }
  }

  async #logIn(process: BrokerProcess, user: string): Promise<void> {
    const grant = this.world.provider.logIn(user);
    const answer = process.broker.issue(grant, 'code');
    this.#ask('log in', process, answer);
    void answer.then(
      ({ refresh_token: token = '' }) => {
        const login = { id: token.split('.')[0] ?? '', token, held: grant.refreshToken, user };
        this.logins.push(login);
        this.#clients.push({ login, token });
      },
      () => undefined,
    );
    return Promise.resolve();
  }

  #ask(what: Asked['what'], host: Host, answer: Promise<unknown>): void {
    const asked: Asked = { what, host, at: this.world.time.now, settled: undefined };
    this.asked.push(asked);
    const settle = () => (asked.settled = this.world.time.now);
    answer.then(settle, settle);
  }

  #present(token: string, process: BrokerProcess, login: Tracked | undefined, client?: Client, probe = false): void {
    const before = this.world.database.executed.length;
    const call = this.world.present(token, process);
    this.presented.push({ call, login, generation: generationOf(token), before, probe });
    if (!client) return;
    call.onTokens = (successor) => {
      if (generationOf(successor) > generationOf(client.token)) client.token = successor;
    };
  }

  /** Nothing goes wrong any more: what is under way comes to its end, and everybody tries once more. */
  async #comeToRest(): Promise<void> {
    const { time, database, provider } = this.world;
    await time.pass(25_000);
    database.calm();
    provider.calm();
    for (const process of this.world.processes) process.goOn();
    await time.pass(120_000);
    this.quiet = time.now;
    this.left = time.pending;
    await this.#lookAround();
    this.living = provider.tokens.living;
    for (const [index, login] of this.logins.entries()) {
      const { generation } = (await this.#rowOf(login.id)) ?? { generation: 1 };
      const process = this.alive[index % this.alive.length];
      if (process) this.#present(refreshTokens.issue(login.id, generation), process, login, undefined, true);
    }
    await time.pass(3_700_000);
    for (const { broker } of this.alive.slice(0, 1)) await time.outcomeOf(broker.purgeExpired());
    await this.#lookAround();
    this.livingAfterPurge = provider.tokens.living;
  }

  async #lookAround(): Promise<void> {
    const { database } = this.world;
    const inserts = database.executed.filter(({ verb }) => verb === 'insert');
    const readings = await Promise.all(inserts.map(({ args }) => database.store.read((args[0] as { id: string }).id)));
    this.rows = readings.flatMap((reading) => (reading ? [reading.row] : []));
  }

  /** Nothing, where the database has lost it. */
  async #rowOf(id: string): Promise<SessionRow | undefined> {
    return (await this.world.database.store.read(id))?.row;
  }

  #process(index: number): BrokerProcess {
    const process = round(this.alive, index);
    if (!process) throw new Error('all processes are dead');
    return process;
  }
}

/** The provider's refresh token that a sealed text holds. */
export function heldIn(id: string, generation: number, sealed: string): string | undefined {
  return sealed === '' ? undefined : contentFrom(vault.open(sealed, ['sessions', id, generation])).refreshToken;
}

function round<T>(list: readonly T[], index: number): T | undefined {
  return list[index % list.length];
}

function mishapOf({ what, lasts }: Fault & { do: 'statement' }): Mishap {
  switch (what) {
    case 'late':
      return { kind: 'late', after: lasts };
    case 'slow':
      return { kind: 'slow', before: Math.floor(lasts / 3), after: Math.ceil((2 * lasts) / 3) };
    default:
      return { kind: what };
  }
}

function requestMishapOf({ what, lasts }: Fault & { do: 'request' }): RequestMishap {
  switch (what) {
    case 'arrives later':
      return { kind: 'request lost', arrives: lasts };
    case 'slow':
      return { kind: 'slow', before: Math.floor(lasts / 2), after: Math.ceil(lasts / 2) };
    default:
      return { kind: what };
  }
}
