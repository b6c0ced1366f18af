import type { UrlParameters } from './store-url.parameters.js';

/** How the connection to a database is protected. */
export interface TlsWish {
  /** `encrypt`: against listeners only; `chain`: the certificate, too; `full`: and the name in it. */
  mode: 'off' | 'encrypt' | 'chain' | 'full';
  /** Paths of PEM files. */
  ca?: string;
  cert?: string;
  key?: string;
}

/** Names under which the modes of libpq, asyncpg, MySQL and mysql2 are known. */
const MODES: Readonly<Record<string, TlsWish['mode']>> = {
  disable: 'off',
  disabled: 'off',
  false: 'off',
  0: 'off',
  require: 'encrypt',
  required: 'encrypt',
  'no-verify': 'encrypt',
  'verify-ca': 'chain',
  verify_ca: 'chain',
  'verify-full': 'full',
  verify_identity: 'full',
  true: 'full',
  1: 'full',
};

/** The parameters that say how: the first three are spellings of one. */
export const TLS_MODES = ['sslmode', 'ssl_mode', 'ssl-mode', 'ssl'];
export const TLS_FILES = { postgres: ['sslrootcert', 'sslcert', 'sslkey'], mysql: ['ssl_ca', 'ssl_cert', 'ssl_key'] };

/** @returns what the parameters ask for, or a sentence about what cannot be had */
export function tlsFrom(parameters: UrlParameters, files: readonly string[]): TlsWish | string {
  const named = TLS_MODES.filter((name) => name in parameters);
  const [name = '', other] = named;
  if (other !== undefined) return `${name} and ${other} say the same thing twice: leave one out.`;
  const [ca, cert, key] = files.map((file) => parameters[file]);
  if ((cert === undefined) !== (key === undefined)) return `${files[1] ?? ''} and ${files[2] ?? ''} belong together.`;
  const unsaid = (ca ?? cert) === undefined ? 'off' : 'full';
  const mode = name === '' ? unsaid : MODES[(parameters[name] ?? '').toLowerCase()];
  if (name !== '' && mode === undefined)
    return `${name} has a value that cannot be had: write disable, require (encrypted), verify-ca or verify-full.`;
  if (mode === 'off' && (ca ?? cert))
    return `${name} switches TLS off, and yet there are certificates: decide for one.`;
  // libpq's rule: whoever names a root wants it checked
  return { mode: mode === 'encrypt' && ca !== undefined ? 'chain' : (mode ?? unsaid), ca, cert, key };
}
