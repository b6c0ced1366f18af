import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { OidcAuthModule, Required, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { usualOptions } from '../support/auth-app.js';
import { signingKey } from '../support/keys.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { bearerTarget, TargetController, type BearerTarget } from './support/bearer-target.js';

@Controller()
class PartnerController {
  @Get('partner')
  partner(@Required({ instance: 'partner' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('both')
  both(@Required() _: IDToken, @Required({ instance: 'partner' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }
}

describe.each(adapters)('the same kid at two issuers, on %s', (adapter) => {
  let partner: StubProvider;
  let target: BearerTarget;
  beforeAll(async () => {
    partner = await startStubProvider({ keys: [await signingKey('RS256', 'shared')] });
    const auth = { ...usualOptions(partner, 'https://app.example.org'), name: 'partner', prefix: '/partner-auth' };
    target = await bearerTarget(adapter, {
      provider: { keys: [await signingKey('RS256', 'shared')] },
      controllers: [TargetController, PartnerController],
      imports: [OidcAuthModule.forRoot(auth)],
    });
  });
  afterAll(async () => {
    await target.close();
    await partner.close();
  });

  const genuine = async (): Promise<void> => {
    await target.admits();
    await target.admits(await partner.accessToken(), '/partner');
  };

  it("one issuer's token at the door of the other", async () => {
    await target.refuses(await partner.accessToken(), { reason: 'signature_invalid' });
    await target.refuses(await target.stub.accessToken(), { reason: 'signature_invalid', path: '/partner' });
    await genuine();
  });

  it("the other issuer's key, signing under this one's name", async () => {
    const posing = await partner.accessToken({ iss: target.stub.issuer });
    const back = await target.stub.accessToken({ iss: partner.issuer });
    await target.refuses(posing, { reason: 'signature_invalid' });
    await target.refuses(posing, { reason: 'issuer_unknown', path: '/partner' });
    await target.refuses(back, { reason: 'signature_invalid', path: '/partner' });
    await target.refuses(back, { reason: 'issuer_unknown' });
    await genuine();
  });

  it('a token that one door has verified, at the other', async () => {
    const [ours, theirs] = [await target.stub.accessToken(), await partner.accessToken()];
    for (let round = 0; round < 2; round++) {
      await target.admits(ours);
      await target.refuses(ours, { reason: 'signature_invalid', path: '/partner' });
      await target.admits(theirs, '/partner');
      await target.refuses(theirs, { reason: 'signature_invalid' });
    }
  });

  it('a door that wants tokens of both is opened by neither alone', async () => {
    await target.refuses(await target.stub.accessToken(), { reason: 'signature_invalid', path: '/both' });
    await target.refuses(await partner.accessToken(), { reason: 'signature_invalid', path: '/both' });
    await genuine();
  });

  it('a provider that is down closes its own door and no other', async () => {
    await genuine();
    await partner.down();
    const other = await bearerTarget(adapter, {
      controllers: [TargetController, PartnerController],
      imports: [
        OidcAuthModule.forRoot({ ...usualOptions(partner, 'https://app.example.org'), name: 'partner', prefix: '/p' }),
      ],
    });
    try {
      const unavailable = { reason: 'provider_unreachable', status: 503, error: 'temporarily_unavailable' };
      await other.refuses(await partner.accessToken(), { ...unavailable, path: '/partner' });
      await other.refuses(await other.stub.accessToken(), { ...unavailable, path: '/partner' });
      await other.refuses(await other.stub.accessToken(), { ...unavailable, path: '/both' });
      await other.admits();
    } finally {
      await other.close();
      await partner.up();
    }
  });

  it('a provider that publishes the kid and key of the other gives it nothing', async () => {
    const stolen = await startStubProvider({ keys: target.stub.keys });
    const auth = { ...usualOptions(stolen, 'https://app.example.org'), name: 'partner', prefix: '/partner-auth' };
    const other = await bearerTarget(adapter, {
      controllers: [TargetController, PartnerController],
      imports: [OidcAuthModule.forRoot(auth)],
    });
    try {
      const token = await target.stub.accessToken({ iss: other.stub.issuer });
      await other.refuses(token, { reason: 'key_unknown' });
      await other.refuses(token, { reason: 'issuer_unknown', path: '/partner' });
      await other.admits(await stolen.accessToken(), '/partner');
      await other.admits();
    } finally {
      await other.close();
      await stolen.close();
    }
  });
});

describe.each(adapters)('the issuers of one provider, on %s', (adapter) => {
  const further = 'https://sts.example.net/tenant/';
  let target: BearerTarget;
  beforeAll(async () => {
    target = await bearerTarget(adapter, { auth: { tokenIssuers: [further] } });
  });
  afterAll(() => target.close());

  const wrong: readonly (readonly [name: string, iss: (own: string) => unknown])[] = [
    ['missing', () => undefined],
    ['null', () => null],
    ['empty', () => ''],
    ['a number', () => 5],
    ['a list of it', (own) => [own]],
    ['an object', (own) => ({ own })],
    ['with a slash at its end', (own) => `${own}/`],
    ['with a space at its end', (own) => `${own} `],
    ['in upper case', (own) => own.toUpperCase()],
    ['under the name of the host', (own) => own.replace('127.0.0.1', 'localhost')],
    ['with a path', (own) => `${own}/realms/evil`],
    ['with a fragment', (own) => `${own}#`],
    ['with userinfo', (own) => own.replace('//', '//evil@')],
    ['with the port of nobody', (own) => own.replace(/\d+$/, '1')],
    ['cut short', (own) => own.slice(0, -1)],
    ['tokenIssuers without its slash', () => further.slice(0, -1)],
    ['tokenIssuers in upper case', () => further.toUpperCase()],
    ['a name of the language', () => '__proto__'],
  ];

  it.each(wrong)('iss %s', async (_, iss) => {
    const { stub } = target;
    await target.refuses(await stub.accessToken({ iss: iss(stub.issuer) } as never), { reason: 'issuer_unknown' });
    await target.admits();
    await target.admits({ iss: further });
  });

  it('iss of tokenIssuers with the key of somebody else', async () => {
    const evil = await signingKey('RS256', target.stub.key.kid);
    await target.refuses(await target.stub.accessToken({ iss: further }, {}, evil), { reason: 'signature_invalid' });
    await target.admits({ iss: further });
  });
});
