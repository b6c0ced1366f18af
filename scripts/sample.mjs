// `npm run sample`: the sample application, and a local provider to log in at unless OIDC_DISCOVERY_URL names another.
import { randomBytes } from 'node:crypto';
import { ensureInstalled } from './run.mjs';
import { compileSample } from './sample/compile.mjs';
import { answers, mustBeDiscovery, mustBeFree, mustShareStore, storeAnswers } from './sample/checks.mjs';
import { instructions } from './sample/instructions.mjs';
import { localProvider } from './sample/local-provider.mjs';
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
  const copyPort = process.env.COPY_PORT && readPort('COPY_PORT', process.env.COPY_PORT);
  const baseUrl = process.env.BASE_URL || urlOf(port);
  const provider = mustBeOneProvider(process.env) === 'local' ? providerNextTo(port, baseUrl, readPort) : undefined;
  const env = {
    ...process.env,
    BASE_URL: baseUrl,
    OIDC_SECRET: process.env.OIDC_SECRET || randomBytes(32).toString('base64url'),
    ...provider?.applicationEnv,
  };
  const { discoveryUrl, broker } = readSettings(env).oidc;
  if (copyPort) mustShareStore(broker);
  await mustBeFree({ PORT: port, PROVIDER_PORT: provider?.port, COPY_PORT: copyPort });

  if (provider) {
    launch('The local provider', 'sample-app/dist/provider/main.js', provider.env);
    await answers(discoveryUrl);
  } else {
    await mustBeDiscovery(discoveryUrl);
  }
  for (const one of [port, copyPort].filter(Boolean)) {
    launch('The sample application', 'sample-app/dist/src/main.js', { ...env, PORT: String(one) });
    await answers(`${urlOf(one)}/public`);
  }
  if (broker) await storeAnswers(urlOf(port));
  const copyUrl = copyPort && urlOf(copyPort);
  console.log(instructions({ baseUrl, copyUrl, providerUrl: provider?.issuer, broker: Boolean(broker) }));
}

function mustBeOneProvider(env) {
  if (env.OIDC_DISCOVERY_URL) return 'own';
  const stray = ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_AUDIENCE', 'OIDC_SCOPES'].find((name) => env[name]);
  if (!stray) return 'local';
  throw new Error(
    `${stray} is set, but OIDC_DISCOVERY_URL is not: set it as well to use your own provider, or unset ${stray} to use the local one.`,
  );
}

function providerNextTo(port, baseUrl, readPort) {
  const own = readPort('PROVIDER_PORT', process.env.PROVIDER_PORT, port < 65_535 ? port + 1 : port - 1);
  return localProvider(own, urlOf(own), baseUrl);
}

function urlOf(port) {
  return new URL(`http://127.0.0.1:${port}`).origin;
}
