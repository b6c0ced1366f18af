import { Injectable } from '@nestjs/common';
import { ConfigurationError } from '../errors/index.js';
import type { Requirement, TokenProof } from '../tokens/index.js';

/** What guards need of a registration of the module. */
export interface GuardedInstance {
  name: string;
  /** Path before `/auth/v2/…`. */
  prefix: string;
  /**
   * Names of the claims that its tokens can carry; nothing, if only the provider knows.
   *
   * @internal
   */
  carries?: readonly string[] | undefined;
  /** @internal */
  accessTokens: TokenProof;
  /**
   * What every token has to satisfy on every route.
   *
   * @internal
   */
  requirement: Requirement;
}

/** All registrations of one application, by name. */
@Injectable()
export class OidcRegistry {
  readonly #instances = new Map<string, GuardedInstance>();

  /** @throws {@link ConfigurationError} if name or prefix are taken */
  add(instance: GuardedInstance): void {
    if (this.#instances.has(instance.name)) {
      throw new ConfigurationError([
        `name: OidcAuthModule is registered twice as ${JSON.stringify(instance.name)}: give each registration a name of its own.`,
      ]);
    }
    const twin = [...this.#instances.values()].find(({ prefix }) => prefix === instance.prefix);
    if (twin) {
      throw new ConfigurationError([
        `prefix: the registrations ${JSON.stringify(twin.name)} and ${JSON.stringify(instance.name)} both answer under ` +
          `${JSON.stringify(instance.prefix)}: give each a prefix of its own.`,
      ]);
    }
    this.#instances.set(instance.name, instance);
  }

  get(name: string): GuardedInstance | undefined {
    return this.#instances.get(name);
  }

  get names(): string[] {
    return [...this.#instances.keys()];
  }
}
