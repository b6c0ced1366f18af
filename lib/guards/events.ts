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

/** Metadata or keys of a provider could not be fetched, or, in broker mode, an access token of it says nothing here. */
export interface ProviderFailedEvent {
  instance: string;
  what: 'metadata' | 'keys' | 'access token';
  reason: string;
  /** What is wrong and what an administrator can do about it. */
  message: string;
}

/** Broker mode: the store could not be reached, or refused. It holds the database's error code, never its text. */
export interface StoreFailedEvent {
  instance: string;
  code: string;
  /** What an administrator can do about it, where that is known. */
  message: string;
}

/** Broker mode: a session has ended. */
export interface SessionEndedEvent {
  instance: string;
  /**
   * `logout`, `revoked`, `backchannel`, `expired`, `refused` (by the provider), `reuse` (a refresh token was used again),
   * `identity` (the provider spoke of somebody else), `future`, `lost`, `broken`.
   */
  reason: string;
  /** `sid` of its tokens. */
  session: string;
}

/** Broker mode: what the store holds cannot be opened: sealed under a key that is not configured here, or tampered with. */
export interface RowUnreadableEvent {
  instance: string;
  reason: 'encryption_key_unknown' | 'row_broken';
  /** A session, or the number of a signing key. */
  row: string;
}

/** Broker mode: the keys of a trusted issuer cannot be had. Its tokens are refused when no key of it is known any more. */
export interface PeerFailedEvent {
  instance: string;
  /** The trusted issuer. */
  issuer: string;
  /** `unreachable`, `timeout`, `answer_invalid`, `answer_too_large`, `redirects`, `metadata_invalid`. */
  reason: string;
  /** What is wrong and what an administrator can do about it. */
  message: string;
}

/** Broker mode: the keys of a trusted issuer can be had again. */
export interface PeerRecoveredEvent {
  instance: string;
  /** The trusted issuer. */
  issuer: string;
}

/** The events by name. */
export interface OidcAuthEventMap {
  refused: [RefusedEvent];
  'provider-failed': [ProviderFailedEvent];
  'store-failed': [StoreFailedEvent];
  'session-ended': [SessionEndedEvent];
  'row-unreadable': [RowUnreadableEvent];
  'peer-failed': [PeerFailedEvent];
  'peer-recovered': [PeerRecoveredEvent];
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
    const failed = event.what === 'access token' ? 'proves nothing here' : 'cannot be had';
    this.#log.warn(
      `The ${event.what} of the provider (${event.instance}) ${failed}: ${event.reason}. ${event.message}`,
    );
    this.#tell('provider-failed', event);
  }

  /** @internal */
  storeFailed(event: StoreFailedEvent): void {
    this.#log.error(`The session store (${event.instance}) failed: ${event.code}. ${event.message}`.trimEnd());
    this.#tell('store-failed', event);
  }

  /** @internal */
  sessionEnded(event: SessionEndedEvent): void {
    this.#log.log(`Session ${event.session} (${event.instance}) has ended: ${event.reason}`);
    this.#tell('session-ended', event);
  }

  /** @internal */
  rowUnreadable(event: RowUnreadableEvent): void {
    this.#log.error(`What the store holds of ${event.row} (${event.instance}) cannot be opened: ${event.reason}`);
    this.#tell('row-unreadable', event);
  }

  /** @internal */
  peerFailed(event: PeerFailedEvent): void {
    const { issuer, instance, reason, message } = event;
    this.#log.warn(`The keys of the trusted issuer ${issuer} (${instance}) cannot be had: ${reason}. ${message}`);
    this.#tell('peer-failed', event);
  }

  /** @internal */
  peerRecovered(event: PeerRecoveredEvent): void {
    this.#log.log(`The keys of the trusted issuer ${event.issuer} (${event.instance}) can be had again`);
    this.#tell('peer-recovered', event);
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
