import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type Provider from 'oidc-provider';
import { loginPage } from './pages.js';
import { grantTo } from './provider.js';
import { isUser } from './users.js';

/** Shows who can log in, and logs in whoever was chosen; consent needs no question here. */
export async function interaction(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  const { prompt } = await provider.interactionDetails(request, response);
  if (prompt.name === 'consent') {
    await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
    return;
  }
  const user = request.method === 'POST' ? (await form(request)).get('user') : null;
  if (!isUser(user)) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(loginPage);
    return;
  }
  await provider.interactionFinished(request, response, { login: { accountId: user } });
}

/**
 * Approves a device code without a browser, for scripts: `curl -d user_code=… -d user=ada …/approve`.
 * A real provider has nothing like it.
 */
export async function approve(
  provider: Provider,
  audience: string,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const posted = await form(request);
  const user = posted.get('user');
  const code = await provider.DeviceCode.findByUserCode((posted.get('user_code') ?? '').replace('-', ''));
  if (!isUser(user) || !code || code.accountId) {
    response.writeHead(400).end('Post the user_code of a device that waits, and user=ada or user=bob.\n');
    return;
  }
  const grant = await grantTo(provider, user, code.clientId, audience);
  Object.assign(code, {
    accountId: user,
    authTime: Math.floor(Date.now() / 1000),
    grantId: grant?.jti,
    scope: code.params?.scope,
    resource: audience,
  });
  await code.save();
  response.end(`The device is logged in as ${user}.\n`);
}

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await text(request));
}
