import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { startStubProvider, type StubProvider, type StubRequest } from '../../support/stub-provider.js';
import { json } from '../../support/faults.js';

/** A user of the provider. */
export interface User {
  readonly sub: string;
  readonly name: string;
  readonly email: string;
}

/** A log-in at the provider, and what became of it. */
export interface Grant {
  readonly user: User;
  readonly sid: string;
  readonly scope: string;
  readonly nonce?: string;
  /** The only refresh token that is good. */
  current: string;
  /** Why the provider refuses the whole family. */
  ended?: 'reuse' | 'revoked';
}

/** A refresh token that was presented. */
export interface Presentation {
  readonly token: string;
  readonly grant: Grant | undefined;
  /** What the provider made of it; nothing, where it never acted. */
  outcome?: 'rotated' | 'refused';
}

/** Acts on a refresh: rotates the token or refuses. What it returns is the answer. */
export type Act = () => Promise<{ status: number; body: Record<string, unknown> }>;

/** What the provider does with a refresh in the place of acting and answering at once. */
export type Behaviour = (act: Act, response: ServerResponse) => unknown;

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * A provider that rotates refresh tokens and ends the family when one is used twice (RFC 9700, section 4.14.2). It counts
 * how often it was asked with which token, and can be slow, fail, hang, or cut its answer off.
 */
export class StrictProvider {
  /** Every refresh that was asked for, in order. */
  readonly presentations: Presentation[] = [];
  readonly grants: Grant[] = [];
  /** Everything that it issued and that must not leave the seal: tokens, codes, session ids. */
  readonly secrets = new Set<string>();
  readonly #codes = new Map<string, Omit<Grant, 'current'>>();
  readonly #refreshTokens = new Map<string, Grant>();
  readonly #accessTokens = new Map<string, Grant>();
  #behaviour: Behaviour | undefined;
  #deviceCode = '';

  private constructor(readonly stub: StubProvider) {
    stub.on('token', (request, response) => this.#token(request, response));
    stub.on('device', () => this.#device());
    stub.on('userinfo', ({ headers }, response) => this.#userinfo(headers.authorization ?? '', response));
    stub.on('revocation', ({ form }) => this.#revoke(form.get('token') ?? ''));
  }

  static async start(): Promise<StrictProvider> {
    return new StrictProvider(await startStubProvider());
  }

  /** What happens at a refresh from now on; nothing: what is proper. */
  behave(behaviour?: Behaviour): void {
    this.#behaviour = behaviour;
  }

  /** A code for a user who has logged in. @param request the authorization request to which the application redirected */
  codeFor(user: User, request: URL): string {
    const { searchParams } = request;
    const code = this.#secret('code');
    this.#codes.set(code, this.#opened(user, searchParams.get('scope') ?? '', searchParams.get('nonce') ?? undefined));
    return code;
  }

  /** A user has typed in the code of the device that began last. */
  approveDevice(user: User): void {
    this.#codes.set(this.#deviceCode, this.#opened(user, 'openid profile email offline_access'));
  }

  /** A logout token for a session, or for all sessions of a user. */
  async logoutToken({ user, sid }: Grant, by: 'sid' | 'sub'): Promise<string> {
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const whose = by === 'sid' ? { sid, sub: user.sub } : { sub: user.sub };
    const token = await this.stub.idToken({ ...whose, jti: randomUUID(), events }, { typ: 'logout+jwt' });
    this.secrets.add(token);
    return token;
  }

  /** How often a refresh token was presented. */
  presented(token: string): Presentation[] {
    return this.presentations.filter((one) => one.token === token);
  }

  close(): Promise<void> {
    return this.stub.close();
  }

  async #token({ form }: StubRequest, response: ServerResponse): Promise<unknown> {
    if (form.get('grant_type') === 'refresh_token') return this.#refresh(form.get('refresh_token') ?? '', response);
    const code = form.get(form.get('grant_type') === DEVICE_GRANT ? 'device_code' : 'code') ?? '';
    const opened = this.#codes.get(code);
    if (!opened) {
      json({ error: 'invalid_grant' }, 400)(undefined, response);
      return undefined;
    }
    this.#codes.delete(code);
    const grant: Grant = { ...opened, current: '' };
    this.grants.push(grant);
    return this.#tokens(grant);
  }

  async #refresh(token: string, response: ServerResponse): Promise<void> {
    const grant = this.#refreshTokens.get(token);
    const presentation: Presentation = { token, grant };
    this.presentations.push(presentation);
    const act: Act = async () => {
      if (!grant || grant.ended !== undefined || grant.current !== token) {
        if (grant && grant.current !== token) grant.ended ??= 'reuse';
        presentation.outcome = 'refused';
        return { status: 400, body: { error: 'invalid_grant' } };
      }
      presentation.outcome = 'rotated';
      return { status: 200, body: await this.#tokens(grant) };
    };
    await (this.#behaviour ?? answered)(act, response);
  }

  async #tokens(grant: Grant): Promise<Record<string, unknown>> {
    const { user, nonce, scope, sid } = grant;
    const offline = scope.split(' ').includes('offline_access');
    const refreshToken = offline ? this.#secret('refresh') : undefined;
    // before anything is awaited: of two who present the same token one is too late
    grant.current = refreshToken ?? '';
    if (refreshToken !== undefined) this.#refreshTokens.set(refreshToken, grant);
    const accessToken = await this.stub.accessToken({ sub: user.sub, scope });
    const idToken = await this.stub.idToken({ sub: user.sub, nonce, sid });
    this.#accessTokens.set(accessToken, grant);
    for (const token of [accessToken, idToken]) this.secrets.add(token);
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 300,
      scope,
      id_token: idToken,
      ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    };
  }

  #device(): object {
    this.#deviceCode = this.#secret('device');
    const address = `${this.stub.issuer}/activate`;
    return { device_code: this.#deviceCode, user_code: 'ABCD-EFGH', verification_uri: address, expires_in: 600 };
  }

  #userinfo(authorization: string, response: ServerResponse): unknown {
    const grant = this.#accessTokens.get(authorization.replace(/^Bearer /i, ''));
    if (!grant) return response.writeHead(401).end();
    const { sub, name, email } = grant.user;
    return { sub, preferred_username: name, email, email_verified: true };
  }

  #revoke(token: string): object {
    const grant = this.#refreshTokens.get(token);
    if (grant) grant.ended ??= 'revoked';
    return {};
  }

  #opened(user: User, scope: string, nonce?: string): Omit<Grant, 'current'> {
    return { user, scope, sid: this.#secret('session'), ...(nonce !== undefined && { nonce }) };
  }

  #secret(kind: string): string {
    const secret = `${kind}-${randomUUID()}`;
    this.secrets.add(secret);
    return secret;
  }
}

/** Acts and answers. */
export const answered: Behaviour = async (act, response) => {
  const { status, body } = await act();
  json(body, status)(undefined, response);
};
