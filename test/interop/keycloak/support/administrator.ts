/** A signing key of the realm, as the administrator sees it. */
export interface RealmKey {
  readonly kid: string;
  /** The component that holds it. */
  readonly providerId: string;
}

/** The realm's administrator: what somebody would do in Keycloak's console, by its REST API. */
export class Administrator {
  static readonly clientId = 'administrator';

  constructor(
    private readonly origin: string,
    private readonly realm: string,
    private readonly secret: string,
  ) {}

  /** Ends one session, by its `sid`. */
  async endSession(sid: string): Promise<void> {
    await this.#call('DELETE', `/sessions/${sid}`);
  }

  /** Ends all sessions of a user, and refuses the offline tokens that were issued before this second. */
  async logOut(username: string): Promise<void> {
    await this.#call('POST', `/users/${await this.#userId(username)}/logout`);
  }

  async setEnabled(username: string, enabled: boolean): Promise<void> {
    await this.#call('PUT', `/users/${await this.#userId(username)}`, { enabled });
  }

  /** Ids of the sessions with offline access that a user has at an application. */
  async offlineSessions(username: string, clientId: string): Promise<string[]> {
    const [client] = (await this.#call('GET', `/clients?clientId=${clientId}`)) as { id: string }[];
    const path = `/users/${await this.#userId(username)}/offline-sessions/${client?.id}`;
    return ((await this.#call('GET', path)) as { id: string }[]).map(({ id }) => id);
  }

  /** Gives a user a role of the realm. */
  grant(username: string, role: string): Promise<void> {
    return this.#mapRole('POST', username, role);
  }

  /** Takes it away. */
  withdraw(username: string, role: string): Promise<void> {
    return this.#mapRole('DELETE', username, role);
  }

  /** The key that signs. */
  async signingKey(): Promise<RealmKey> {
    const { active, keys } = (await this.#call('GET', '/keys')) as { active: { RS256: string }; keys: RealmKey[] };
    const key = keys.find(({ kid }) => kid === active.RS256);
    if (!key) throw new Error('The realm has no key for RS256.');
    return key;
  }

  /** From now on a new key signs; the others stay published. */
  async addSigningKey(): Promise<RealmKey> {
    const { id } = (await this.#call('GET', '')) as { id: string };
    await this.#call('POST', '/components', {
      name: `rsa-${Date.now()}`,
      parentId: id,
      providerId: 'rsa-generated',
      providerType: 'org.keycloak.keys.KeyProvider',
      config: { priority: [String(Date.now())], enabled: ['true'], active: ['true'], algorithm: ['RS256'] },
    });
    return this.signingKey();
  }

  async removeSigningKey({ providerId }: RealmKey): Promise<void> {
    await this.#call('DELETE', `/components/${providerId}`);
  }

  async #mapRole(method: 'POST' | 'DELETE', username: string, role: string): Promise<void> {
    const found = (await this.#call('GET', `/roles/${role}`)) as { id: string; name: string };
    await this.#call(method, `/users/${await this.#userId(username)}/role-mappings/realm`, [found]);
  }

  async #userId(username: string): Promise<string> {
    const found = (await this.#call('GET', `/users?exact=true&username=${username}`)) as { id: string }[];
    if (!found[0]) throw new Error(`The realm has no user ${username}.`);
    return found[0].id;
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { authorization: `Bearer ${await this.#token()}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.origin}/admin/realms/${this.realm}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** They live for a minute, so that each call has its own. */
  async #token(): Promise<string> {
    const form = { grant_type: 'client_credentials', client_id: Administrator.clientId, client_secret: this.secret };
    const url = `${this.origin}/realms/master/protocol/openid-connect/token`;
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
    const { access_token: token } = (await answer.json()) as { access_token?: string };
    if (token === undefined) throw new Error(`The administrator cannot log in: ${answer.status}.`);
    return token;
  }
}
