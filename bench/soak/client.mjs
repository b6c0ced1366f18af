// What users' programs do, on one of several applications.

const TARGET = 'http://127.0.0.1:53100/callback';

/** A whole log-in; the token answer. */
export async function logIn(origin) {
  const login = await fetch(`${origin}/auth/v2/login?${new URLSearchParams({ redirect_uri: TARGET })}`, {
    redirect: 'manual',
  });
  await login.arrayBuffer();
  if (login.status !== 302) throw new Error(`The log-in was answered with ${login.status}.`);
  const asked = new URL(login.headers.get('location')).searchParams;
  return tokens(origin, {
    grant_type: 'authorization_code',
    code: `code-${asked.get('nonce')}`,
    redirect_uri: TARGET,
    code_verifier: asked.get('state'),
  });
}

export function refresh(origin, { refresh_token }) {
  return tokens(origin, { grant_type: 'refresh_token', refresh_token });
}

export async function verify(origin, session) {
  await expectOk(await fetch(`${origin}/me`, { headers: bearer(session) }));
}

export async function logOut(origin, session) {
  await expectOk(await fetch(`${origin}/auth/v2/logout`, { method: 'POST', headers: bearer(session) }));
}

const bearer = ({ access_token }) => ({ authorization: `Bearer ${access_token}` });

async function tokens(origin, form) {
  const answer = await fetch(`${origin}/auth/v2/token`, { method: 'POST', body: new URLSearchParams(form) });
  return JSON.parse(await expectOk(answer));
}

async function expectOk(answer) {
  const text = await answer.text();
  if (answer.status === 200) return text;
  throw new Error(`${new URL(answer.url).pathname} was answered with ${answer.status}: ${text.slice(0, 200)}`);
}
