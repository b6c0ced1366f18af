import { fileURLToPath } from 'node:url';
import { Child } from '../guards/children.mjs';
import { makeSigners } from './tokens.mjs';

/**
 * Starts the process of the others and gives every issuer its keys.
 *
 * @returns peers: { nest, python, signers }, the issuer with metadata and the one without, which have the same keys;
 *   `silent`: issuers that never answer
 */
export async function startOthers({ issuers, silent }) {
  const network = await Child.start(fileURLToPath(new URL('network.mjs', import.meta.url)), { issuers, silent });
  const { origins, silent: hanging } = network.hello;
  const signers = await Promise.all(origins.map(makeSigners));
  await network.ask(signers.map((some) => some.map(({ publicJwk }) => publicJwk)));
  return {
    peers: origins.map((origin, at) => ({
      nest: `${origin}/nest`,
      python: `${origin}/python`,
      signers: signers[at],
    })),
    silent: hanging,
    close: () => network.end(),
  };
}
