import { GrantError, InvalidRequestError } from '../../errors/index.js';
import type { JsonObject } from '../../tokens/index.js';
import { identityFrom } from './asserted.js';
import type { PeerExchangeGrant, PeerExchangeWish, PeerSettings } from './peer.settings.js';

/** Decides what a peer's token is worth here: what its entry maps, and nothing else. */
export async function decidePeerExchange(
  { issuer, exchange }: PeerSettings,
  wish: Omit<PeerExchangeWish, 'issuer'>,
): Promise<{ claims: JsonObject; granted: readonly string[] }> {
  const decision = grantFrom(await exchange?.({ ...wish, issuer }));
  if (!decision) {
    throw new InvalidRequestError('subject_token_not_allowed', 'The exchange of this subject_token is not allowed.');
  }
  const { sub, roles, scopes } = decision;
  if (wish.scopes?.every((scope) => scopes.includes(scope)) === false) {
    throw new GrantError('invalid_scope', 'scope_missing', 'subject_token does not grant the scope that is asked for.');
  }
  // the client is one of the peer's, and may be called like one of ours: what is known is who vouches for it
  const claims = { ...identityFrom(wish.subject), sub, roles, client_id: issuer };
  return { claims, granted: wish.scopes ?? scopes };
}

/** A policy is the application's own, and may be wrong: what is not clearly a grant is none. */
function grantFrom(decision: unknown): Required<PeerExchangeGrant> | undefined {
  if (typeof decision !== 'object' || decision === null) return undefined;
  const { sub, roles = [], scopes = [] } = decision as Readonly<Record<string, unknown>>;
  const sound = typeof sub === 'string' && sub !== '' && isTextList(roles) && isTextList(scopes);
  return sound ? { sub, roles, scopes } : undefined;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
