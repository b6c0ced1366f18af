import { brokerSections } from './instructions/broker.mjs';
import { logInSections } from './instructions/log-in.mjs';

/**
 * What to try, as lines that can be copied into a shell.
 *
 * @param places `baseUrl`; `copyUrl` of a second copy and `providerUrl` of the local provider, if they are there; `broker`:
 * whether the tokens are the application's own
 */
export function instructions(places) {
  return [
    ...logInSections(places),
    useSection(places),
    ...(places.broker ? brokerSections(places) : []),
    `Ctrl-C ends the sample.\nReady: ${places.baseUrl}`,
  ].join('\n\n');
}

function useSection({ baseUrl }) {
  return `Use the token

  curl -i ${baseUrl}/public
  curl -i ${baseUrl}/hello
  curl -i ${baseUrl}/me
  curl -i -H "Authorization: Bearer $token" ${baseUrl}/me
  curl -i -H "Authorization: Bearer $token" ${baseUrl}/reports
  curl -i -H "Authorization: Bearer $token" ${baseUrl}/admin
  curl -i ${baseUrl}/auth/v2/auth-ports`;
}
