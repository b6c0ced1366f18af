import { randomBytes } from 'node:crypto';
import type { OptionReader } from './option-reader.js';

const LEAST_SECRET = 32;

export function checkClientSecret(options: OptionReader, warnings: string[]): void {
  const secret = options.raw('clientSecret');
  if (secret === undefined && options.names.includes('clientSecret')) {
    warnings.push(
      'clientSecret is there and undefined: this is a public client now. Is an environment variable missing?',
    );
  }
  if (secret === undefined || (typeof secret === 'string' && secret !== '')) return;
  options.complain('clientSecret', 'expected a string that is not empty: set it, or leave it out for a public client.');
}

/** What seals log-in state; never shown. */
export function secretsFrom(options: OptionReader, warnings: string[]): string[] {
  const given = options.raw('secret');
  if (given !== undefined) {
    const secrets: unknown[] = Array.isArray(given) ? given : [given];
    const good =
      secrets.length > 0 && secrets.every((secret) => typeof secret === 'string' && secret.length >= LEAST_SECRET);
    if (good) return secrets as string[];
    options.complain(
      'secret',
      `expected a random string of at least ${LEAST_SECRET} characters, or a list of them: make one with "openssl rand -base64 32".`,
    );
  }
  const clientSecret = options.raw('clientSecret');
  if (typeof clientSecret === 'string' && clientSecret.length >= LEAST_SECRET) return [clientSecret];
  warnings.push(
    'secret is not set, and no clientSecret of at least 32 characters stands in for it: log-ins begun in this process end in this ' +
      'process only. Several pods, and restarts, need the option secret.',
  );
  return [randomBytes(32).toString('base64')];
}
