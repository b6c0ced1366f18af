import { afterAll, beforeAll } from '@jest/globals';
import type { BrokerOptions } from 'nestjs-oidc-auth';
import { bootAuthApp, type AuthApp } from '../../../support/auth-app.js';
import { startProvider, type ProviderOptions, type TestProvider } from '../../../support/provider.js';
import { newSite, type Instance, type Site } from './instance.js';
import { OwnInstance, type OwnOptions } from './own-instance.js';
import { PythonInstance, type PythonOptions, type PythonVersion } from './python-instance.js';

/** Everybody who is in a network. */
export const members = ['Python 2604.3.0', 'Python newest', 'ours on Express', 'ours on Fastify'] as const;

export type Member = (typeof members)[number];

/** From whom to whom, for `it.each(directions)`. */
export const directions = members.flatMap((from) =>
  members.filter((to) => to !== from).map((to): [from: Member, to: Member] => [from, to]),
);

type Trusted = NonNullable<BrokerOptions['trustedIssuers']>;

export interface NetworkOptions {
  readonly provider?: ProviderOptions;
  /** What stands between an instance's origin and `/auth/v2`. Default: nothing. */
  readonly prefixes?: Partial<Record<Member, string>>;
  /** How instances of ours trust the others. Default: by their issuers alone. */
  readonly trust?: (issuer: string) => Trusted[number];
}

/** Instances that trust each other, with one provider behind them. */
export class Network {
  readonly #closing: (() => Promise<void>)[] = [];

  private constructor(
    readonly provider: TestProvider,
    private readonly sites: Readonly<Record<Member, Site>>,
    private readonly options: NetworkOptions,
    /** An application that hands out the provider's own tokens. */
    private readonly passThrough: AuthApp,
  ) {
    this.#closing.push(
      () => provider.close(),
      () => passThrough.close(),
    );
  }

  static async open(options: NetworkOptions = {}): Promise<Network> {
    const provider = await startProvider(options.provider);
    const entries = members.map(async (name) => [name, await newSite(options.prefixes?.[name])] as const);
    const sites = Object.fromEntries(await Promise.all(entries)) as Record<Member, Site>;
    return new Network(provider, sites, options, await bootAuthApp('express', provider));
  }

  issuerOf(member: Member): string {
    return this.sites[member].issuer;
  }

  /** Starts an instance of ours: a member, or somebody elsewhere. It is closed with the network. */
  async own(at: Member | Site, options: Partial<OwnOptions> = {}): Promise<OwnInstance> {
    const { trust = (issuer) => issuer } = this.options;
    const site = this.#siteOf(at);
    const broker = { trustedIssuers: this.#others(site).map(trust), ...options.broker };
    const { discoveryUrl } = this.provider;
    return this.#closedLater(await OwnInstance.start(site, { discoveryUrl, ...options, broker }));
  }

  /** Starts an instance of the Python family, as {@link own} does. */
  async python(
    version: PythonVersion,
    at: Member | Site,
    options: Partial<PythonOptions> = {},
  ): Promise<PythonInstance> {
    const site = this.#siteOf(at);
    const usual = { discoveryUrl: this.provider.discoveryUrl, trustedIssuers: this.#others(site) };
    return this.#closedLater(await PythonInstance.start(version, site, { ...usual, ...options }));
  }

  /** An access token of the provider for its API. */
  readonly subjectToken = (user: string): Promise<string> => this.passThrough.client.accessToken(user);

  async close(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
  }

  #siteOf(at: Member | Site): Site {
    return typeof at === 'string' ? this.sites[at] : at;
  }

  #others(site: Site): string[] {
    return members.map((name) => this.issuerOf(name)).filter((issuer) => issuer !== site.issuer);
  }

  #closedLater<T extends Instance>(instance: T): T {
    this.#closing.push(() => instance.close());
    return instance;
  }
}

/** The four members of a network, all up. */
export type Members = Readonly<{
  'Python 2604.3.0': PythonInstance;
  'Python newest': PythonInstance;
  'ours on Express': OwnInstance;
  'ours on Fastify': OwnInstance;
}>;

/** A network for the tests that follow. @returns it and its members, once they are there */
export function useNetwork(
  options: NetworkOptions = {},
  others: { python?: Partial<PythonOptions>; own?: Partial<OwnOptions> } = {},
): () => { network: Network; all: Members } {
  let opened: { network: Network; all?: Members } | undefined;
  beforeAll(async () => {
    const network = await Network.open(options);
    opened = { network };
    opened.all = {
      'Python 2604.3.0': await network.python('2604.3.0', 'Python 2604.3.0', others.python),
      'Python newest': await network.python('newest', 'Python newest', others.python),
      'ours on Express': await network.own('ours on Express', { adapter: 'express', ...others.own }),
      'ours on Fastify': await network.own('ours on Fastify', { adapter: 'fastify', ...others.own }),
    };
  });
  afterAll(() => opened?.network.close());
  return () => {
    const { network, all } = opened ?? {};
    if (!network || !all) throw new Error('There is no network.');
    return { network, all };
  };
}
