import { InvalidRequestError } from '../errors/index.js';

/** Parameters of a query or form: each name once, each value a string. */
export type Parameters = ReadonlyMap<string, string>;

/** What a value looks like that is sent where none is expected; it never holds the value itself. */
const NAME = /^[\w.:-]{1,64}$/;

/** @throws {@link InvalidRequestError} `repeated_parameter` (RFC 6749, section 3.1) */
export function parametersFrom(entries: Iterable<readonly [string, unknown]>): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of entries) {
    if (typeof value !== 'string' || parameters.has(name)) {
      throw new InvalidRequestError('repeated_parameter', `${shown(name)} has to be sent once, as plain text.`);
    }
    parameters.set(name, value);
  }
  return parameters;
}

/**
 * A parameter that may be absent; an empty one counts as absent (RFC 6749, section 3.1).
 *
 * @throws {@link InvalidRequestError} `invalid_parameter` if it is longer, or has other characters, than text in a URL has
 */
export function optional(parameters: Parameters, name: string, most = 512): string | undefined {
  const value = parameters.get(name);
  if (value === undefined || value === '') return undefined;
  if (value.length <= most && /^[\x20-\x7e]*$/.test(value)) return value;
  throw new InvalidRequestError(
    'invalid_parameter',
    `${name} has to be printable ASCII of at most ${most} characters.`,
  );
}

/** @throws {@link InvalidRequestError} `missing_parameter`, `invalid_parameter` */
export function required(parameters: Parameters, name: string, most = 512): string {
  const value = optional(parameters, name, most);
  if (value !== undefined) return value;
  throw new InvalidRequestError('missing_parameter', `${name} is missing.`);
}

/** @throws {@link InvalidRequestError} `invalid_parameter` if the value is none of the given */
export function oneOf(parameters: Parameters, name: string, values: readonly string[]): string | undefined {
  const value = optional(parameters, name);
  if (value === undefined || values.includes(value)) return value;
  throw new InvalidRequestError('invalid_parameter', `${name} has to be one of: ${values.join(', ')}.`);
}

function shown(name: string): string {
  return NAME.test(name) ? name : 'A parameter';
}
