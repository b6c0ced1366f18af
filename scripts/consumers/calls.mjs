import { failToStart, withApplication } from './application.mjs';

/** Without broker mode: the provider's tokens open the route. */
export function callPassThrough(folder, issuer) {
  return withApplication(folder, { DISCOVERY_URL: issuer.discoveryUrl }, async (url) => {
    await expectStatus(401, `${url}/me`);
    await expectStatus(200, `${url}/me`, await issuer.token({ sub: 'ada' }));
    await expectStatus(401, `${url}/me`, `${await issuer.token({ sub: 'ada' })}x`);
  });
}

/** In broker mode: log-in, refresh and log-out with the application's own tokens. */
export function callBroker(folder, provider, store) {
  return withApplication(folder, environment(provider, store), async (url) => {
    await expectStatus(401, `${url}/me`);
    await expectStatus(200, `${url}/auth/v2/.well-known/jwks.json`);
    const first = await logIn(url, provider.issuer);
    await expectStatus(200, `${url}/me`, first.access_token);
    const second = await post(`${url}/auth/v2/token`, { refresh_token: first.refresh_token });
    await expectStatus(200, `${url}/me`, second.access_token);
    await post(`${url}/auth/v2/logout`, { token: second.access_token });
    await expectStatus(401, `${url}/me`, second.access_token);
  });
}

/** The application says which packages to install. */
export async function expectTold(folder, provider, store, packages) {
  const printed = await failToStart(folder, environment(provider, store));
  const sentence = `npm install ${packages}`;
  if (new RegExp(`${sentence}\\.?$`, 'm').test(printed)) return;
  throw new Error(`with ${store.store} as store it does not say "${sentence}":\n${printed}`);
}

function environment(provider, { store, key }) {
  return { ...provider.env, BROKER_STORE: store, ...(store !== 'the default' && { ENCRYPTION_KEY: key }) };
}

/** By device flow; the local provider has an address for who approves. */
async function logIn(url, issuer) {
  const device = await post(`${url}/auth/v2/device`, {});
  const approval = new URLSearchParams({ user: 'ada', user_code: device.user_code });
  await fetch(`${issuer}/approve`, { method: 'POST', body: approval });
  return post(`${url}/auth/v2/token`, { device_code: device.device_code });
}

async function post(url, form) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(`${response.status} of POST ${url}: ${text}`);
}

async function expectStatus(expected, url, token = '') {
  const { status } = await fetch(url, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  if (status !== expected) throw new Error(`${status} in the place of ${expected} at ${url}, token: "${token}"`);
}
