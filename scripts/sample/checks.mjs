import { createServer } from 'node:net';

/** Waits until a URL answers. */
export async function answers(url) {
  const isOk = () =>
    fetch(url).then(
      (response) => response.ok,
      () => false,
    );
  while (!(await isOk())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** @param ports by the variable that sets each; nothing for one that is not wanted */
export async function mustBeFree(ports) {
  const wanted = Object.entries(ports).filter(([, port]) => port);
  const probes = wanted.map(() => createServer());
  for (const [index, [name, port]] of wanted.entries()) await listen(probes[index], name, port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
}

async function listen(probe, name, port) {
  await new Promise((resolve, reject) => {
    probe.once('error', reject).listen(port, '127.0.0.1', resolve);
  }).catch((error) => {
    const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${error.code})`;
    throw new Error(`Port ${port} ${why}: choose another one with ${name}=… npm run sample`);
  });
}

/** The default store, a file, is shared on one machine. */
export function mustShareStore(broker) {
  if (!broker?.store?.startsWith('memory:')) return;
  throw new Error(
    'COPY_PORT: two copies share no memory. Set BROKER_STORE to a database, or leave it out for a SQLite file.',
  );
}

/** The application runs without its store, and answers 503 until it is there; at a first try a mistake is likelier. */
export async function storeAnswers(applicationUrl) {
  const { ok } = await fetch(`${applicationUrl}/auth/v2/.well-known/jwks.json`);
  if (ok) return;
  console.error(
    '\nBROKER_STORE: the database does not answer. Until it does, log-ins are answered 503; then they work.',
  );
}

const SUFFIX = '/.well-known/openid-configuration';

/** The application alone would start and answer 503 until its provider is there; at a first try a mistake is likelier. */
export async function mustBeDiscovery(discoveryUrl) {
  const url = discoveryUrl.includes('/.well-known/') ? discoveryUrl : discoveryUrl.replace(/\/$/, '') + SUFFIX;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error) => {
    const why = error.cause?.code ?? error.cause?.message ?? error.message;
    throw new Error(`OIDC_DISCOVERY_URL: ${url} does not answer (${why}).`);
  });
  const { issuer } = (await response.json().catch(() => undefined)) ?? {};
  if (!response.ok || typeof issuer !== 'string') {
    throw new Error(
      `OIDC_DISCOVERY_URL: ${url} answers ${response.status}, but not with a provider's discovery document, which as a rule ends with ${SUFFIX}`,
    );
  }
  if (issuer.replace(/\/$/, '') === url.replace(/\/\.well-known\/.*/, '')) return;
  throw new Error(`OIDC_DISCOVERY_URL: ${url} describes the provider ${issuer}: set OIDC_DISCOVERY_URL to ${issuer}`);
}
