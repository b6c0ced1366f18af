import { ALGORITHMS, algorithmsFrom } from './algorithms.js';
import { brokerSettingsFrom, type CheckedBroker } from './broker.settings.js';
import { clientAuthenticationFrom } from './client-authentication.js';
import { discoverySettingsFrom } from './discovery.settings.js';
import { carriedClaims } from '../broker/index.js';
import { ConfigurationError } from '../errors/index.js';
import { notCarried } from '../guards/index.js';
import { loginSettingsFrom } from './login.settings.js';
import { checkNames } from './option-names.js';
import { checkClientSecret, secretsFrom } from './secrets.js';
import type { CheckedShape } from './shape.js';
import { isRecord, OptionReader, shown } from './option-reader.js';
import type { ProviderSettings } from '../provider/index.js';
import { joseCheck, nodeCheck, Requirement, type ClaimRequirements } from '../tokens/index.js';

/** The options, checked and normalised. */
export interface Settings {
  provider: ProviderSettings;
  audience: readonly string[] | undefined;
  requirement: Requirement;
  /** How many verified tokens are remembered. */
  verifiedTokens: number;
  /** Broker mode, if it is on. */
  broker: CheckedBroker | undefined;
  /** What an administrator should know. */
  warnings: readonly string[];
}

/** In seconds. */
const TEN_YEARS = 315_360_000;

/**
 * Checks the options as a whole.
 *
 * @throws {@link ConfigurationError} that tells all that is wrong, each with its remedy
 */
export async function settingsFrom(given: unknown, shape: CheckedShape): Promise<Settings> {
  const options = new OptionReader(given, [...shape.problems]);
  const warnings: string[] = [];
  checkNames(options);
  const clientId = options.string('clientId', 'Write the client id that the provider gave this application.') ?? '';
  if (options.raw('clientId') === undefined)
    options.complain('clientId', 'is missing: set the client id that the provider gave this application.');
  checkClientSecret(options, warnings);
  const audience = audienceFrom(options, warnings);
  const algorithms = algorithmsFrom(options, ALGORITHMS);
  const cache = options.nested('cache', ['refreshAfter', 'maxAge', 'cooldown', 'verifiedTokens']);
  const session = options.nested('session', ['idle', 'max']);
  const verifiedTokens = cache.number('verifiedTokens', {
    fallback: 5_000,
    least: 0,
    most: 1_000_000,
    unit: 'tokens',
  });
  const provider: Omit<ProviderSettings, 'providerTimeout'> = {
    instance: shape.name,
    clientId,
    clientAuthentication: await clientAuthenticationFrom(options),
    discovery: discoverySettingsFrom(options),
    fetch: options.function('fetch', (...request) => fetch(...request)),
    now: options.function('now', Date.now),
    timeout: options.number('timeout', { fallback: 10, least: 0.05, most: 120, unit: 'seconds' }) * 1000,
    clockTolerance: options.number('clockTolerance', { fallback: 5, least: 0, most: 300, unit: 'seconds' }),
    times: timesFrom(cache),
    checks: options.choice('verifier', ['node', 'jose']) === 'jose' ? joseCheck : nodeCheck,
    tokenIssuers: options.strings('tokenIssuers', 'Write each exact iss value.') ?? [],
    secrets: secretsFrom(options, warnings),
    login: loginSettingsFrom(options, shape),
    idTokens: { algorithms, otherAudiences: audience ?? [] },
    logoutHint: options.boolean('logoutHint', true),
    idleLifetime: session.number('idle', { fallback: 2_592_000, least: 60, most: TEN_YEARS, unit: 'seconds' }),
    audience,
    verifiedTokens,
  };
  const { login, clockTolerance, now, idleLifetime, discovery, tokenIssuers, times, timeout } = provider;
  const longest = session.number('max', { fallback: 7_776_000, least: 60, most: TEN_YEARS, unit: 'seconds' });
  const lifetimes = { idle: idleLifetime * 1000, max: longest * 1000 };
  const context = {
    clientId,
    baseUrl: login.baseUrl,
    audience,
    clockTolerance,
    verifiedTokens,
    checks: provider.checks,
    now,
    session: lifetimes,
    providerIssuers: [...discovery.issuers, ...tokenIssuers],
    peers: { fetch: provider.fetch, timeout, times },
  };
  const broker = brokerSettingsFrom(options, context, warnings);
  if (broker && shape.endpoints.token === false) {
    options.complain('endpoints.token', 'cannot be switched off in broker mode: without it nobody gets a token.');
  }
  const requirement = requirementFrom(options);
  for (const path of broker ? notCarried(requirement.claimPaths, carriedClaims(broker.settings)) : []) {
    options.complain('claims', `${shown(path)} is no claim that tokens of the broker carry: add it to broker.claims.`);
  }
  const settings = {
    provider: { ...provider, providerTimeout: broker?.providerTimeout ?? provider.timeout },
    audience,
    requirement,
    verifiedTokens,
    broker,
    warnings,
  };
  warnOfPlainHttp(options, warnings);
  warnOfPrefix(settings, shape, warnings);
  if (options.problems.length > 0) throw new ConfigurationError(options.problems);
  return settings;
}

function audienceFrom(options: OptionReader, warnings: string[]): string[] | undefined {
  const audience = options.strings(
    'audience',
    'Write the aud of the access tokens that are meant for this application.',
  );
  const open = options.boolean('insecureAudience', false);
  if (options.raw('audience') === undefined && !open && options.raw('broker') === undefined) {
    options.complain(
      'audience',
      'is missing, and without it a token for any other application would be accepted: set the aud that access tokens carry for this one, or insecureAudience: true.',
    );
  }
  if (open && audience) options.complain('insecureAudience', 'contradicts audience: leave one out.');
  if (open) warnings.push('insecureAudience: access tokens that were issued for other applications are accepted.');
  return audience;
}

function timesFrom(cache: OptionReader): ProviderSettings['times'] {
  const seconds = (name: string, fallback: number, least: number) =>
    cache.number(name, { fallback, least, most: 2_592_000, unit: 'seconds' }) * 1000;
  const times = {
    refreshAfter: seconds('refreshAfter', 600, 1),
    maxAge: seconds('maxAge', 86_400, 1),
    cooldown: seconds('cooldown', 30, 1),
  };
  if (times.maxAge < times.refreshAfter) cache.complain('maxAge', 'has to be at least refreshAfter.');
  return times;
}

function requirementFrom(options: OptionReader): Requirement {
  const claims = options.raw('claims') as ClaimRequirements | undefined;
  try {
    return Requirement.parse(claims === undefined ? {} : { claims });
  } catch (error) {
    options.problems.push(error instanceof Error ? error.message : 'claims: cannot be read.');
    return Requirement.parse({});
  }
}

function warnOfPlainHttp(options: OptionReader, warnings: string[]): void {
  if (options.raw('insecureHttp') === true) warnings.push('insecureHttp: tokens and secrets may travel in clear.');
  const internal = options.raw('metadata');
  if (isRecord(internal) && 'jwks_uri' in internal && internal.jwks_uri === null) {
    options.complain('metadata.jwks_uri', 'cannot be removed: without keys no token can be verified.');
  }
}

function warnOfPrefix({ provider }: Settings, { prefix }: CheckedShape, warnings: string[]): void {
  const { baseUrl } = provider.login;
  if (baseUrl === undefined || baseUrl.endsWith(prefix)) return;
  warnings.push(`baseUrl ${baseUrl} does not end with the prefix ${prefix}: right only where a proxy rewrites paths.`);
}
