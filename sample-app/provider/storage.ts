import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { newSecrets, type Secrets } from './secrets.js';

interface Kept {
  secrets: Secrets;
  entries: Record<string, AdapterPayload>;
}

const ONLY_OWNER = 0o600;

/** What the local provider knows, in a file: after a restart it still knows who is logged in, and its keys are the same. */
export class Storage {
  readonly secrets: Secrets;
  readonly #entries: Map<string, AdapterPayload>;

  constructor(private readonly file: string) {
    const { secrets, entries } = read(file) ?? { secrets: newSecrets(), entries: {} };
    this.secrets = secrets;
    this.#entries = new Map(Object.entries(entries));
    this.#write();
  }

  readonly adapter = (kind: string): Adapter => {
    const find = async (id: string) => this.#entries.get(`${kind}:${id}`);
    const findBy = async (name: 'uid' | 'userCode', value: string) =>
      [...this.#entries].find(([key, payload]) => key.startsWith(`${kind}:`) && payload[name] === value)?.[1];
    return {
      find,
      findByUid: (uid) => findBy('uid', uid),
      findByUserCode: (userCode) => findBy('userCode', userCode),
      upsert: async (id, payload) => {
        this.#entries.set(`${kind}:${id}`, payload);
        this.#write();
      },
      destroy: async (id) => {
        this.#entries.delete(`${kind}:${id}`);
        this.#write();
      },
      consume: async (id) => {
        const payload = await find(id);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
        this.#write();
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, payload] of this.#entries) if (payload.grantId === grantId) this.#entries.delete(key);
        this.#write();
      },
    };
  };

  /** Whole or not at all, whenever the process ends. */
  #write(): void {
    const now = Date.now() / 1000;
    for (const [key, { exp = Infinity }] of this.#entries) if (exp < now) this.#entries.delete(key);
    const kept: Kept = { secrets: this.secrets, entries: Object.fromEntries(this.#entries) };
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(`${this.file}.new`, JSON.stringify(kept), { mode: ONLY_OWNER });
    renameSync(`${this.file}.new`, this.file);
  }
}

function read(file: string): Kept | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch {
    throw new Error(`${file} cannot be read: delete it, and the local provider begins anew.`);
  }
}
