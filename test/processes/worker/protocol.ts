import type { BrokerStore, OidcAuthOptions } from 'nestjs-oidc-auth';

/** Where a process keeps its sessions. */
export interface StoreConfig {
  readonly url: string;
  readonly tablePrefix?: string;
}

/** What a process is started with. Everything in it can be sent to another process. */
export interface WorkerConfig {
  readonly port: number;
  readonly store: StoreConfig;
  /** The module's options but the store. */
  readonly auth: Omit<OidcAuthOptions, 'broker'> & { broker: Omit<NonNullable<OidcAuthOptions['broker']>, 'store'> };
}

/** A verb of the store, or a request to an endpoint of the provider. */
export type Step = keyof BrokerStore | `fetch:${string}`;

/** A point at which the process dies, as by `kill -9`. */
export interface Fault {
  readonly step: Step;
  readonly when: 'before' | 'after';
}

/** What the test asks of a process. */
export interface Commands {
  /** Boots the application; rejects with what stopped the boot. */
  start(config: WorkerConfig): Promise<void>;
  /** From now on the process dies at this point. */
  arm(fault: Fault): Promise<void>;
  /** Sets the clock of the module's option `now` ahead by so many milliseconds. */
  advance(milliseconds: number): Promise<void>;
  /** Sets a pragma on the connection of the SQLite store. */
  pragma(source: string): Promise<void>;
  /** Closes the application. */
  close(): Promise<void>;
}

export type CommandName = keyof Commands;

export interface Request {
  readonly id: number;
  readonly command: CommandName;
  readonly parameters: unknown[];
}

export interface Answer {
  readonly id: number;
  /** Why the command failed. */
  readonly error?: string;
}
