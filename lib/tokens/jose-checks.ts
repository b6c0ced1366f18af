import type { KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import type { SignatureCheck } from './signature-check.js';

/** Signatures checked by jose. */
export function joseCheck(key: KeyObject, algorithm: string): SignatureCheck {
  const verify = (token: string) =>
    compactVerify(token, key, { algorithms: [algorithm] }).then(
      () => true,
      () => false,
    );
  return { key, verify };
}
