import type { Adapter, AdapterPayload } from 'oidc-provider';

/** What a real provider keeps, in memory: one instance outlives the provider objects that a key rotation replaces. */
export class ProviderStorage {
  private readonly entries = new Map<string, AdapterPayload>();

  /** Lets everything of this kind expire now (`DeviceCode`, `RefreshToken`, …). */
  expire(kind: string): void {
    for (const [key, payload] of this.entries) if (key.startsWith(`${kind}:`)) payload.exp = 1;
  }

  /** Forgets everything of this kind, as when an administrator ends all sessions. */
  forget(kind: string): void {
    for (const key of this.entries.keys()) if (key.startsWith(`${kind}:`)) this.entries.delete(key);
  }

  adapter = (kind: string): Adapter => {
    const find = (id: string) => Promise.resolve(this.entries.get(`${kind}:${id}`));
    const findBy = (matches: (payload: AdapterPayload) => boolean) =>
      Promise.resolve([...this.entries].find(([key, payload]) => key.startsWith(`${kind}:`) && matches(payload))?.[1]);
    return {
      find,
      findByUid: (uid) => findBy((payload) => payload.uid === uid),
      findByUserCode: (userCode) => findBy((payload) => payload.userCode === userCode),
      upsert: async (id, payload) => void this.entries.set(`${kind}:${id}`, payload),
      destroy: async (id) => void this.entries.delete(`${kind}:${id}`),
      consume: async (id) => {
        const payload = await find(id);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, payload] of this.entries) if (payload.grantId === grantId) this.entries.delete(key);
      },
    };
  };
}
