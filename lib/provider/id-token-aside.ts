/**
 * Takes the ID token out of a token answer. openid-client looks at it by itself, and refuses the whole answer for a claim
 * that it does not like: a refresh token that has been renewed would be lost with it.
 */
export async function withoutIdToken(answer: Response): Promise<{ answer: Response; idToken: string | undefined }> {
  const text = await answer.text();
  const { status, headers } = answer;
  const { id_token: idToken, ...others } = membersOf(text);
  if (typeof idToken !== 'string')
    return { answer: new Response(text === '' ? null : text, { status, headers }), idToken: undefined };
  return { answer: new Response(JSON.stringify(others), { status, headers }), idToken };
}

function membersOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
