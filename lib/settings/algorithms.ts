import { shown, type OptionReader } from './option-reader.js';

/** What tokens may be signed with: asymmetric algorithms, so that whoever verifies cannot sign. */
export const ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

export function algorithmsFrom(options: OptionReader, fallback: readonly string[]): readonly string[] {
  const algorithms = options.strings('algorithms', `Choose from ${ALGORITHMS.join(', ')}.`) ?? fallback;
  const unknown = algorithms.filter((algorithm) => !ALGORITHMS.includes(algorithm));
  if (unknown.length > 0) {
    options.complain(
      'algorithms',
      `${unknown.map(shown).join(', ')} cannot be accepted: choose from ${ALGORITHMS.join(', ')}.`,
    );
  }
  return algorithms;
}
