import type { Reason } from './reason.js';

/**
 * What every refusal of this package is: an OAuth error code for the wire, a reason code for logs and events, and a
 * sentence that holds no secret. A foreign error never becomes its `cause`: it could hold codes and tokens.
 */
export abstract class OidcAuthError extends Error {
  /** HTTP status of the answer. */
  abstract readonly status: number;
  /** The OAuth error code of the answer (RFC 6749, section 5.2; RFC 6750, section 3.1; RFC 8628, section 3.5). */
  abstract readonly error: string;

  /**
   * @param reason why exactly, for logs and events
   * @param description what is wrong and how to mend it; told to the caller
   */
  constructor(
    readonly reason: Reason,
    description: string,
  ) {
    super(description);
    this.name = new.target.name;
  }

  /** Header fields that belong to the answer. */
  get headers(): Readonly<Record<string, string>> {
    return {};
  }

  /** The body on the wire; `detail` is the name under which the Python family reads the description. */
  toBody(): { error: string; error_description: string; detail: string } {
    return { error: this.error, error_description: this.message, detail: this.message };
  }
}
