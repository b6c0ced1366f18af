import { isGuarded } from './contenders.mjs';
import { minter } from './tokens.mjs';
import { SUBJECT } from './hosts/subject.mjs';

/** That a host answers a good token and, if it is guarded, nobody else: a guard that sleeps would be the fastest. */
export async function checkHost(contender, port, issuer, keys) {
  const ask = async (bearer) => {
    const answer = await fetch(`http://127.0.0.1:${port}/me`, {
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    });
    return { status: answer.status, text: await answer.text() };
  };
  const expect = (what, { status, text }, wanted) => {
    if (status === wanted) return;
    throw new Error(`${contender.name} answers ${status} to ${what} (wanted ${wanted}): ${text}`);
  };
  for (const algorithm of contender.algorithms) {
    const { privateJwk } = keys[algorithm];
    const good = await minter(algorithm, privateJwk, issuer)();
    const answer = await ask(good);
    expect(`a good ${algorithm} token`, answer, 200);
    if (JSON.parse(answer.text).sub !== SUBJECT) throw new Error(`${contender.name} answers ${answer.text}`);
    if (!isGuarded(contender)) continue;
    const expired = await minter(algorithm, privateJwk, issuer, { exp: Math.floor(Date.now() / 1000) - 600 })();
    expect(`an expired ${algorithm} token`, await ask(expired), 401);
    const other = await minter(algorithm, privateJwk, issuer, { iss: 'https://elsewhere.example' })();
    expect(`a ${algorithm} token of another issuer`, await ask(other), 401);
    const foreign = await minter(algorithm, privateJwk, issuer, { aud: 'another-api' })();
    expect(`a ${algorithm} token for somebody else`, await ask(foreign), 401);
    const [header, claims, signature] = good.split('.');
    const forged = `${header}.${claims}.${signature.slice(0, -8)}${signature.endsWith('AAAAAAAA') ? 'B' : 'A'}AAAAAAA`;
    expect(`a forged ${algorithm} token`, await ask(forged), 401);
    // The good one is let in after all of that, by whoever counts failures too.
    expect(`the same ${algorithm} token again`, await ask(good), 200);
  }
  if (isGuarded(contender)) expect('no token', await ask(undefined), 401);
}
