/** The ID tokens that Keycloak gave an application, which keeps them to itself: its `fetch` is watched. */
export class SeenIdTokens {
  readonly #tokens: string[] = [];

  readonly fetch: typeof fetch = async (...request) => {
    const answer = await fetch(...request);
    const body: unknown = await answer
      .clone()
      .json()
      .catch(() => undefined);
    if (typeof body === 'object' && body !== null && 'id_token' in body) this.#tokens.push(String(body.id_token));
    return answer;
  };

  get latest(): string {
    const token = this.#tokens.at(-1);
    if (token === undefined) throw new Error('Keycloak has not given an ID token yet.');
    return token;
  }
}
