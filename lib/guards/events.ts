import { EventEmitter } from 'node:events';
import { Injectable, Logger } from '@nestjs/common';
import type { OidcAuthError, Reason } from '../errors/index.js';

/** What a working client meets on its way: not worth a warning each time. */
const ROUTINE: ReadonlySet<Reason> = new Set<Reason>(['token_missing', 'authorization_pending', 'slow_down']);

/** A request that was refused. It holds codes and names, never tokens or what a client sent. */
export interface RefusedEvent {
  reason: Reason;
  status: number;
  /** The OAuth error code on the wire. */
  error: string;
  /** Name of the registration. */
  instance: string;
  /** `MeController.show`. */
  handler: string;
}

/** Metadata or keys of a provider could not be fetched. */
export interface ProviderFailedEvent {
  instance: string;
  what: 'metadata' | 'keys';
  reason: string;
  /** What is wrong and what an administrator can do about it. */
  message: string;
}

/** The events by name. */
export interface OidcAuthEventMap {
  refused: [RefusedEvent];
  'provider-failed': [ProviderFailedEvent];
}

/**
 * What happens, for metrics and audit: inject it and listen. A listener that throws changes no answer.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { OidcAuthEvents } from 'nestjs-oidc-auth';
 *
 * @Injectable()
 * export class Audit {
 *   constructor(events: OidcAuthEvents) {
 *     events.on('refused', ({ reason, handler }) => console.log(reason, handler));
 *   }
 * }
 * ```
 */
@Injectable()
export class OidcAuthEvents extends EventEmitter<OidcAuthEventMap> {
  readonly #log = new Logger('OidcAuth');

  /** @internal */
  refused(error: OidcAuthError, instance: string, handler: string): void {
    const { reason, status, error: code } = error;
    const line = `Refused ${handler}: ${reason} (${status} ${code})`;
    if (ROUTINE.has(reason)) this.#log.debug(line);
    else this.#log.warn(line);
    this.#tell('refused', { reason, status, error: code, instance, handler });
  }

  /** @internal */
  providerFailed(event: ProviderFailedEvent): void {
    this.#log.warn(
      `The ${event.what} of the provider (${event.instance}) cannot be had: ${event.reason}. ${event.message}`,
    );
    this.#tell('provider-failed', event);
  }

  #tell<Name extends keyof OidcAuthEventMap>(name: Name, event: OidcAuthEventMap[Name][0]): void {
    for (const listener of this.rawListeners(name) as ((one: typeof event) => unknown)[]) {
      void this.#call(name, listener, event);
    }
  }

  async #call<Event>(name: string, listener: (event: Event) => unknown, event: Event): Promise<void> {
    try {
      await listener.call(this, event);
    } catch (error) {
      this.#log.error(`A listener for ${name} failed.`, error instanceof Error ? error.stack : undefined);
    }
  }
}
