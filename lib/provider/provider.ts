import { AccessTokens, KeySet, PROVIDER_TOKENS, VerifiedTokens, type Clock } from '../tokens/index.js';
import { Authorization } from './authorization.js';
import { CodeGrant } from './code-grant.js';
import { DeviceFlow } from './device-flow.js';
import { Discovery, type ProviderFailure } from './discovery.js';
import { IdTokenProof } from './id-token-proof.js';
import { Identity } from './identity.js';
import type { LoginState } from './login-state.js';
import { LogoutHints } from './logout-hints.js';
import { Logout } from './logout.js';
import { Outbound } from '../outbound/index.js';
import { PassThrough } from './pass-through.js';
import { Profile } from './profile.js';
import type { ProviderSettings } from './provider.settings.js';
import { RefreshGrant } from './refresh-grant.js';
import { Sealer } from './seal.js';
import { TokenEndpoint } from './token-endpoint.js';

/** One identity provider as one client sees it: its keys, and each flow in an object of its own. */
export class Provider {
  readonly keys: KeySet;
  readonly authorization: Authorization;
  readonly codeGrant: CodeGrant;
  readonly deviceFlow: DeviceFlow;
  readonly passThrough: PassThrough;
  readonly accessTokens: AccessTokens;
  readonly identity: Identity;
  readonly logout: Logout;
  readonly profile: Profile;
  readonly #outbound: Outbound;

  constructor(settings: ProviderSettings, report: (failure: ProviderFailure) => void) {
    this.#outbound = new Outbound(settings);
    const discovery = new Discovery(settings, this.#outbound, report);
    this.keys = new KeySet(() => discovery.fetchKeys(), settings.times, settings.now, settings.checks);
    const sealer = <Value extends object>(purpose: string) => sealerFor<Value>(purpose, settings);
    const states = sealer<LoginState>('state');
    const hints = new LogoutHints();
    const clock: Clock = { now: settings.now, tolerance: settings.clockTolerance };
    const rules = { ...settings.idTokens, clientId: settings.clientId, keys: this.keys, clock };
    const idTokens = new IdTokenProof(discovery, rules);
    const endpoint = new TokenEndpoint(discovery, idTokens, this.#outbound, settings.now);
    this.authorization = new Authorization(settings, discovery, states, sealer('nonce'));
    this.codeGrant = new CodeGrant(settings, discovery, states, this.authorization, endpoint);
    this.passThrough = new PassThrough(settings, new RefreshGrant(endpoint, idTokens), hints);
    this.deviceFlow = new DeviceFlow(settings, discovery, sealer('device'), endpoint);
    this.logout = new Logout(settings, discovery, sealer('ticket'), hints);
    this.profile = new Profile(discovery);
    const { audience, verifiedTokens } = settings;
    const verified = new VerifiedTokens(verifiedTokens);
    this.accessTokens = new AccessTokens({ ...rules, kind: PROVIDER_TOKENS, audience }, verified);
    this.identity = new Identity(settings, discovery, rules, this.accessTokens, report);
  }

  /** Ends what is under way at the provider. What {@link identity} has begun ends by itself, or when that is closed. */
  close(): void {
    this.#outbound.close();
  }
}

function sealerFor<Value extends object>(purpose: string, settings: ProviderSettings): Sealer<Value> {
  const { instance, clientId, discovery, login, secrets, now } = settings;
  const [issuer = ''] = discovery.issuers;
  return new Sealer(purpose, { instance, clientId, issuer, baseUrl: login.baseUrl }, secrets, now);
}
