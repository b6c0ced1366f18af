import { ConfigurationError } from '../../errors/index.js';

/** What an administrator has to mend, by MongoDB's error code. */
const BY_CODE: Readonly<Record<number, string>> = {
  11: 'MongoDB refused the login: there is no such user in the database that authSource names',
  13: "MongoDB's user may not do this: give it the role readWrite in the broker's database",
  18: 'MongoDB refused the login: check user, password and authSource',
  73: 'MongoDB does not accept the name of the database or of a collection',
  85: 'an index of the same name or fields but with other options is in the way: drop it, it will be made anew',
  86: 'an index of the same name but with other fields is in the way: drop it, it will be made anew',
  148: 'the server has read concern "majority" turned off (enableMajorityReadConcern)',
  // the code of everything that Atlas refuses in front of MongoDB
  8000: 'MongoDB Atlas refused the login: check user, password and the rights of the user',
};

/** The same by the name of the driver's error. */
const BY_NAME: Readonly<Record<string, string>> = {
  MongoParseError: 'the driver does not understand the URL; user and password in it have to be percent-encoded',
  MongoInvalidArgumentError: 'the driver does not accept an option of the URL, or its value',
  MongoMissingCredentialsError: 'the URL asks for a login, but has no user or password',
  MongoCompatibilityError: 'the installed mongoose does not support this version of MongoDB',
};

/**
 * A {@link ConfigurationError} for what no waiting mends; else the error as it is. Nothing of the driver's own sentences
 * goes into it, since they may hold pieces of the URL.
 */
export function explained(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || error instanceof ConfigurationError) return error;
  const { code, name, dependencyName } = error as Record<string, unknown>;
  const remedy =
    missing(name, dependencyName) ??
    (typeof code === 'number' ? BY_CODE[code] : undefined) ??
    (typeof name === 'string' ? BY_NAME[name] : undefined);
  return remedy === undefined ? error : new ConfigurationError([`broker.store: ${remedy}.`]);
}

function missing(name: unknown, dependency: unknown): string | undefined {
  if (name !== 'MongoMissingDependencyError') return undefined;
  if (typeof dependency !== 'string') return 'the URL needs a package of the driver that is not installed';
  return `the URL needs the package ${dependency}: npm install ${dependency}`;
}
