import { Endings } from '../../../lib/broker/endings.js';
import type { SessionContent } from '../../../lib/broker/session-content.js';
import { SessionWatch } from '../../../lib/broker/session-watch.js';
import { Vault } from '../../../lib/broker/vault.js';
import { Bench, DAY, ENCRYPTION_KEY, providerWith, sessionContent } from './broker-parts.js';

/** A bench on which sessions end: what the provider is asked to revoke, and what is told. */
export class EndingBench extends Bench {
  readonly vault = new Vault([ENCRYPTION_KEY]);
  readonly revoked: string[] = [];
  readonly told: (readonly [reason: string, id: string])[] = [];
  /** What the provider does when it is asked to revoke. */
  revoking: () => Promise<void> = () => Promise.resolve();
  readonly watch = new SessionWatch(this.access, this.timing, 30_000);
  readonly endings = new Endings({
    access: this.access,
    vault: this.vault,
    provider: providerWith({
      revoke: async (token) => {
        await this.revoking();
        this.revoked.push(token);
      },
    }),
    watch: this.watch,
    timing: this.timing,
    now: this.now,
    report: (reason, id) => this.told.push([reason, id]),
  });

  async session(id: string, others: Partial<SessionContent> = {}, lifetime = DAY): Promise<void> {
    await this.store.insert({ id, sealed: this.sealed(id, 1, others), lifetime, sidKey: '', subKey: '' });
  }

  sealed(id: string, generation: number, others: Partial<SessionContent> = {}): string {
    return this.vault.seal(sessionContent(others), ['sessions', id, generation]);
  }

  /** Why a session has ended, and whether it still holds something. */
  async stateOf(id: string): Promise<{ ended: string; holds: boolean } | undefined> {
    const reading = await this.store.read(id);
    return reading && { ended: reading.row.ended, holds: reading.row.sealed !== '' };
  }
}
