import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { InteractionResults, Provider } from 'oidc-provider';
import { consentPage, loginPage } from './provider-pages.js';
import type { UserClaims } from './provider-users.js';

/** The provider's own pages: a form asks for the log-in name, a second one for consent. */
export async function interact(
  provider: Provider,
  users: Record<string, UserClaims>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    const html = prompt.name === 'login' ? loginPage(params.login_hint) : consentPage(params.scope);
    response.setHeader('content-type', 'text/html').end(html);
    return;
  }

  const finish = (result: InteractionResults) => provider.interactionFinished(request, response, result);
  const form = new URLSearchParams(await text(request));
  if (form.has('deny')) return finish({ error: 'access_denied', error_description: 'The user said no' });
  if (prompt.name === 'login') {
    const user = users[form.get('login') ?? ''];
    return finish(user ? { login: { accountId: user.sub } } : { error: 'access_denied' });
  }

  const grant =
    (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details as {
    missingOIDCScope?: string[];
    missingOIDCClaims?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return finish({ consent: { grantId: await grant.save() } });
}
