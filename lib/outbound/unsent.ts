/** Where only the connection was being made: the name looked up, the socket or the proxy not there yet. */
const BEFORE_SENDING: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo']);

const UNSENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  // the certificate is looked at before anything is said: Node.js' codes of X.509 errors
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const MOST_CAUSES = 5;

/**
 * Whether a failed request has certainly not been sent. A route that is lost or a reset may come before or after: they
 * count only where the error says that it was connecting. What is unknown counts as sent.
 */
export function isUnsent(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < MOST_CAUSES && typeof cause === 'object' && cause !== null; depth++) {
    const { code, syscall, cause: next } = cause as { code?: unknown; syscall?: unknown; cause?: unknown };
    if (UNSENT.has(code) || BEFORE_SENDING.has(syscall)) return true;
    cause = next;
  }
  return false;
}
