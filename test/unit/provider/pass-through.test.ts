import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Provider } from '../../../lib/provider/index.js';
import { signingKey } from '../../support/keys.js';
import { startStubProvider, type StubProvider } from '../../support/stub-provider.js';
import { providerSettings } from './settings.js';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider();
});
afterEach(() => stub.restore());
afterAll(() => stub.close());

const provider = () => new Provider(providerSettings(stub), () => undefined);
const grant = async () => ({
  accessToken: await stub.accessToken(),
  expiresIn: 300,
  refreshToken: 'rt-1',
  refreshLifetime: undefined,
  idToken: await stub.idToken(),
  scope: 'openid',
  claims: { sub: 'stub-user' },
});

describe('tokens of the provider that are handed on', () => {
  it('are the ones that were granted, without the ID token', async () => {
    const granted = await grant();
    const answer = await provider().passThrough.issue(granted);
    expect(answer).toMatchObject({ access_token: granted.accessToken, refresh_token: 'rt-1', scope: 'openid' });
    expect(JSON.stringify(answer)).not.toContain(granted.idToken);
  });

  it('leave the ID token here, for the log-out', async () => {
    const own = provider();
    const granted = await grant();
    await own.passThrough.issue(granted);
    expect(await own.logout.giveUp(granted.accessToken)).toBe(granted.idToken);
  });

  it('are renewed with the refresh token at hand, which stays good where the provider sends no other', async () => {
    stub.on('token', () => ({ access_token: 'new', token_type: 'Bearer', expires_in: 60 }));
    expect(await provider().passThrough.refresh('rt-1')).toMatchObject({ access_token: 'new', refresh_token: 'rt-1' });
    stub.on('token', () => ({ access_token: 'new', token_type: 'Bearer', expires_in: 60, refresh_token: 'rt-2' }));
    expect(await provider().passThrough.refresh('rt-1')).toMatchObject({ refresh_token: 'rt-2' });
  });

  it('are not handed on with an ID token that proves nothing', async () => {
    stub.on('token', () => stub.tokens({ aud: 'another-client' }));
    await expect(provider().passThrough.refresh('rt-1')).rejects.toMatchObject({ reason: 'id_token_invalid' });
    const forged = await stub.idToken({}, { kid: stub.key.kid }, await signingKey());
    stub.on('token', () => stub.tokens({}, { id_token: forged }));
    await expect(provider().passThrough.refresh('rt-1')).rejects.toMatchObject({ reason: 'id_token_invalid' });
  });
});
