// `npm run sample`: the sample application, and a local provider to log in at unless OIDC_DISCOVERY_URL names another.
import { randomBytes } from 'node:crypto';
import { ensureInstalled } from './run.mjs';
import { compileSample } from './sample/compile.mjs';
import { answers, mustBeDiscovery, mustBeFree } from './sample/checks.mjs';
import { instructions } from './sample/instructions.mjs';
import { end, endOnSignals, launch } from './sample/processes.mjs';

ensureInstalled();
compileSample();
endOnSignals();
try {
  await start();
} catch (error) {
  console.error(error.message);
  await end(1);
}

async function start() {
  const { readPort, readSettings } = await import('../sample-app/dist/src/settings.js');
  const port = readPort('PORT', process.env.PORT, 3000);
  await mustBeFree('PORT', port);

  const local = mustBeOneProvider(process.env) === 'local';
  const env = local ? await startProvider(port, readPort) : process.env;
  const { baseUrl, discoveryUrl } = readSettings(env).oidc;
  if (local) await answers(discoveryUrl);
  else await mustBeDiscovery(discoveryUrl);

  launch('The sample application', 'sample-app/dist/src/main.js', env);
  await answers(`${baseUrl}/public`);
  console.log(instructions(baseUrl, local ? new URL(discoveryUrl).origin : undefined));
}

function mustBeOneProvider(env) {
  if (env.OIDC_DISCOVERY_URL) return 'own';
  const stray = ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_AUDIENCE', 'OIDC_SCOPES'].find((name) => env[name]);
  if (!stray) return 'local';
  throw new Error(
    `${stray} is set, but OIDC_DISCOVERY_URL is not: set it as well to use your own provider, or unset ${stray} to use the local one.`,
  );
}

/** Starts the local provider and returns the environment with which the application uses it. */
async function startProvider(appPort, readPort) {
  const port = readPort('PROVIDER_PORT', process.env.PROVIDER_PORT, appPort < 65_535 ? appPort + 1 : appPort - 1);
  await mustBeFree('PROVIDER_PORT', port);
  const baseUrl = new URL(`http://127.0.0.1:${appPort}`).origin;
  const settings = {
    issuer: new URL(`http://127.0.0.1:${port}`).origin,
    clientId: 'sample',
    clientSecret: randomBytes(32).toString('base64url'),
    audience: `${baseUrl}/`,
    baseUrl,
  };
  launch('The local provider', 'sample-app/dist/provider/main.js', {
    ...process.env,
    PORT: String(port),
    LOCAL_PROVIDER: JSON.stringify(settings),
  });
  return {
    ...process.env,
    OIDC_DISCOVERY_URL: `${settings.issuer}/.well-known/openid-configuration`,
    OIDC_CLIENT_ID: settings.clientId,
    OIDC_CLIENT_SECRET: settings.clientSecret,
    OIDC_AUDIENCE: settings.audience,
    OIDC_SCOPES: 'profile email reports:read',
  };
}
