/** Broker mode: the application issues its own tokens and keeps the provider's to itself. */
export interface BrokerOptions {
  /** Where sessions and signing keys are kept: a URL (`sqlite:///path`, `postgres://…`, `mongodb://…`). */
  store?: string;
  /** `aud` of the application's own tokens. */
  audience?: string;
  /** Base URLs of the instances whose tokens are accepted too. */
  trustedIssuers?: string[];
}
