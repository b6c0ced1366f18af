import { expect } from '@jest/globals';
import { jsonOf, type WireAnswer } from '../../../support/wire-client.js';

const secretMembers = ['access_token', 'refresh_token', 'id_token', 'device_code'];

/** Listens to what a provider answers an application, so that tests know every token that has to stay on the server. */
export class ProviderTraffic {
  /** Tokens and device codes of the provider, in the order in which they came. */
  readonly secrets: { readonly kind: string; readonly value: string }[] = [];

  /** For the option `fetch`. */
  readonly fetch: typeof fetch = async (...request) => {
    const answer = await fetch(...request);
    const body = jsonOf(await answer.clone().text());
    for (const kind of secretMembers) {
      const value = body[kind];
      if (typeof value === 'string') this.secrets.push({ kind, value });
    }
    return answer;
  };

  /** The latest token of a kind. */
  latest(kind: string): string {
    return this.secrets.findLast((secret) => secret.kind === kind)?.value ?? '';
  }

  /** That nothing of what the provider sent is anywhere in an answer, headers included. */
  expectKeptFrom({ text, headers }: Pick<WireAnswer, 'text' | 'headers'>): void {
    const whole = text + JSON.stringify([...headers]);
    const told = this.secrets.filter(({ value }) => partsOf(value).some((part) => whole.includes(part)));
    expect(this.secrets.length).toBeGreaterThan(0);
    expect(told.map(({ kind }) => kind)).toEqual([]);
  }
}

/** A token, and of a JWT its payload and its signature alone. */
function partsOf(token: string): string[] {
  const [, payload, signature] = token.split('.');
  return [token, payload, signature].filter((part) => part !== undefined);
}
