import { ConfigurationError } from '../../errors/index.js';

/** What an administrator has to mend, by the code of MongoDB's error or of the file system's. */
const BY_CODE = new Map<unknown, string>([
  [11, 'MongoDB refused the login: there is no such user in the database that authSource names'],
  [13, "MongoDB's user may not do this: give it the role readWrite in the broker's database"],
  [18, 'MongoDB refused the login: check user, password and authSource'],
  [73, 'MongoDB does not accept the name of the database or of a collection'],
  [85, 'an index of the same name or fields but with other options is in the way: drop it, it will be made anew'],
  [86, 'an index of the same name but with other fields is in the way: drop it, it will be made anew'],
  [148, 'the server has read concern "majority" turned off (enableMajorityReadConcern)'],
  // whatever Atlas refuses before it asks MongoDB
  [8000, 'MongoDB Atlas refused the login: check user, password and the rights of the user'],
  ['ENOENT', 'a file that the URL names (tlsCAFile, tlsCertificateKeyFile) is not there'],
  ['EACCES', 'a file that the URL names (tlsCAFile, tlsCertificateKeyFile) may not be read'],
]);

/**
 * A {@link ConfigurationError} for what no waiting mends; else the error as it is. Sentences of the server and of the
 * driver stay out of it: they may hold pieces of the URL.
 */
export function explained(error: unknown): unknown {
  const remedy = BY_CODE.get(partsOf(error).code) ?? byName(error) ?? byName(partsOf(error).cause);
  return remedy === undefined ? error : new ConfigurationError([`broker.store: ${remedy}`]);
}

function byName(error: unknown): string | undefined {
  const { name, message } = partsOf(error);
  if (name === 'MongoCompatibilityError') return 'the installed mongoose does not support this version of MongoDB';
  // "Optional module `snappy` not found. Please install it …": nothing but the package's name varies
  return name === 'MongoMissingDependencyError' ? String(message) : undefined;
}

/** Not by `instanceof Error`: whoever runs us in a context of its own, as Jest does, has another Error than Node.js. */
function partsOf(error: unknown): { code?: unknown; name?: unknown; message?: unknown; cause?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
