import { ConfigurationError } from '../../errors/index.js';
import { codeOf } from './retry.js';

const CERTIFICATE =
  'the certificate of the database server cannot be verified: name its certificate authority (PostgreSQL: sslrootcert, MySQL: ssl_ca), or choose sslmode=require, which encrypts without knowing whom it talks to.';

/** What an administrator has to mend, by the codes of PostgreSQL, MySQL, SQLite, TLS and TypeORM. */
const REMEDIES: readonly (readonly [codes: readonly string[], sentence: string])[] = [
  [
    ['28P01', 'ER_ACCESS_DENIED_ERROR', 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR'],
    'the database refuses the login: check the user and the password.',
  ],
  [
    ['28000', 'ER_HOST_NOT_PRIVILEGED', 'ER_NOT_SUPPORTED_AUTH_MODE', 'AUTH_SWITCH_PLUGIN_ERROR'],
    'the database lets this user log in neither from here nor in this way: check its access rules, and whether it wants TLS (sslmode=require).',
  ],
  [['3D000', 'ER_BAD_DB_ERROR'], 'there is no database of this name: create it, or correct the name.'],
  [
    ['ER_DBACCESS_DENIED_ERROR'],
    'the user may not use this database, or it does not exist: grant the access, or correct the name.',
  ],
  [['3F000'], 'the schema of the DataSource does not exist: create it.'],
  [
    ['42501', 'ER_TABLEACCESS_DENIED_ERROR', 'ER_SPECIFIC_ACCESS_DENIED_ERROR'],
    'the database user may not create or use the tables: grant it CREATE for the schema, or run the migrations that brokerMigrations() of nestjs-oidc-auth/typeorm gives as another user, and grant this one SELECT, INSERT, UPDATE and DELETE.',
  ],
  [
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'CERT_HAS_EXPIRED',
    ],
    CERTIFICATE,
  ],
  [['HANDSHAKE_NO_SSL_SUPPORT'], 'the database server offers no TLS: switch it on there, or leave out the sslmode.'],
  [['SQLITE_NOTADB', 'SQLITE_CORRUPT'], 'the file is no SQLite database, or it is damaged.'],
  [
    ['SQLITE_CANTOPEN', 'EACCES', 'EPERM', 'EROFS', 'EISDIR'],
    'the SQLite file cannot be opened: check the path and who may write there.',
  ],
  [['SQLITE_READONLY'], 'the SQLite file cannot be written: check who may write the file and its folder.'],
];

/** Failures that have no code, by what their text says. */
const TOLD: readonly (readonly [text: RegExp, sentence: string])[] = [
  [/server does not support SSL/i, 'the database server offers no TLS: switch it on there, or leave out the sslmode.'],
  [/certificate/i, CERTIFICATE],
  [/^Unknown charset/, 'the parameter charset names no character set of MySQL: utf8mb4 is the usual one.'],
  [/^SASL: .*password must be/i, 'the database wants a password, and there is none.'],
];

/**
 * What went wrong while the store was opened: a {@link ConfigurationError} if an administrator has to mend it, else the
 * error as it is. Nothing of a foreign error's text is repeated.
 */
export function openingFailure(error: unknown): unknown {
  if (error instanceof ConfigurationError) return error;
  const sentence = missingPackage(error) ?? remedyOf(error);
  return sentence === undefined ? error : new ConfigurationError([`broker.store: ${sentence}`]);
}

/** The user may not change definitions. */
export function isDenied(error: unknown): boolean {
  return /^(42501|ER_\w*ACCESS_DENIED_ERROR|SQLITE_READONLY)/.test(codeOf(error));
}

/** A table or a column is not there. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  if (code === 'SQLITE_ERROR') return /no such (table|column)/.test(textOf(error));
  return ['42P01', '42703', 'ER_NO_SUCH_TABLE', 'ER_BAD_FIELD_ERROR'].includes(code);
}

function remedyOf(error: unknown): string | undefined {
  const code = codeOf(error);
  const [, sentence] =
    REMEDIES.find(([codes]) => codes.some((one) => code === one || code.startsWith(`${one}_`))) ?? [];
  return sentence ?? TOLD.find(([text]) => text.test(textOf(error)))?.[1];
}

/** TypeORM names the driver that it did not find. */
function missingPackage(error: unknown): string | undefined {
  if ((error as { name?: unknown }).name !== 'DriverPackageNotInstalledError') return undefined;
  const [driver] = ['better-sqlite3', 'mysql2', 'pg'].filter((name) => textOf(error).includes(`npm install ${name}`));
  return `the driver of the database is not installed: npm install typeorm ${driver ?? ''}`.trimEnd() + '.';
}

function textOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : '';
}
