import { Controller, Get, UseGuards } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OidcGuard, Required, Requires, type ClaimRequirements, type IDToken } from 'nestjs-oidc-auth';
import { adapters } from '../support/apps.js';
import { bootAuthApp, type AuthAppOptions } from '../support/auth-app.js';
import { startStubProvider, type StubProvider } from '../support/stub-provider.js';
import { badToken, guardedApp, type GuardedApp } from './guarded-app.js';

const otherIssuer = 'https://sts.example.net/tenant/';

/** Each with its own route: what it requires, and tokens that have it or lack it. */
const claimCases: readonly (readonly [claims: ClaimRequirements, good: JWTPayload[], lacking: JWTPayload[]])[] = [
  [
    { groups: ['a', 'b'] },
    [{ groups: ['c', 'b', 'a'] }],
    [
      {},
      { groups: ['a'] },
      { groups: 'a b' },
      { groups: { a: true, b: true } },
      { groups: null },
      { groups: [['a', 'b']] },
    ],
  ],
  [{ groups: { anyOf: ['a', 'b'] } }, [{ groups: ['b'] }, { groups: 'a' }], [{}, { groups: [] }, { groups: ['c'] }]],
  [{ tenant: 'acme' }, [{ tenant: 'acme' }, { tenant: ['x', 'acme'] }], [{ tenant: 'ACME' }, { tenant: 'acme2' }]],
  [{ level: 1 }, [{ level: 1 }], [{ level: '1' }, { level: true }, { level: 2 }]],
  [{ email_verified: true }, [{ email_verified: true }], [{ email_verified: 'true' }, { email_verified: 1 }, {}]],
  [
    { 'realm_access.roles': ['x'] },
    [{ realm_access: { roles: ['x', 'y'] } }],
    [
      { realm_access: { roles: 'y' } },
      { realm_access: 'x' },
      { realm_access: null },
      { roles: ['x'] },
      { realm_access: [] },
    ],
  ],
  [{ 'https://app.example.org/roles': 'x' }, [{ 'https://app.example.org/roles': ['x'] }], [{ roles: ['x'] }]],
  [
    { 'org.example.unit.name': 'x' },
    [
      { 'org.example': { 'unit.name': 'x' } },
      { 'org.example.unit': { name: 'x' } },
      { org: { example: { unit: { name: 'x' } } } },
    ],
    [{ org: { 'example.unit': { nom: 'x' } } }],
  ],
  [{ groups: 'a', tenant: 'acme' }, [{ groups: ['a'], tenant: 'acme' }], [{ groups: ['a'] }, { tenant: 'acme' }]],
];

@Controller()
class ScopeController {
  @Get('scopes')
  scopes(@Required({ scopes: 'read:all  write' }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('scope-list')
  scopeList(@Required({ scopes: ['read:all', 'write'] }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('audience')
  audience(@Required({ audience: ['admin-api', 'other-api'] }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('issuers')
  issuers(@Required({ issuers: [otherIssuer] }) token: IDToken): { sub: string } {
    return { sub: token.sub };
  }

  @Get('any-issuer')
  anyIssuer(@Required() token: IDToken): { iss: string } {
    return { iss: token.iss };
  }
}

@Requires({ scopes: 'class', claims: { groups: ['class'] } })
@Controller('sum')
class SumController {
  @Requires({ claims: { groups: ['method'] }, audience: 'method-api' })
  @Requires({ scopes: 'method' })
  @UseGuards(OidcGuard)
  @Get()
  sum(@Required({ scopes: 'parameter', claims: { groups: ['parameter'] } }) token: IDToken): { groups: unknown } {
    return { groups: token.groups };
  }
}

function claimsController() {
  const controllers = claimCases.map(([claims], at) => {
    @Controller(`claims-${at}`)
    class ClaimsController {
      @Get()
      enter(@Required({ claims }) token: IDToken): { sub: string } {
        return { sub: token.sub };
      }
    }
    return ClaimsController;
  });
  return controllers;
}

describe.each(adapters)('requirements on %s', (adapter) => {
  let stub: StubProvider;
  let app: GuardedApp;
  beforeAll(async () => {
    stub = await startStubProvider();
    const options: AuthAppOptions = {
      controllers: [ScopeController, SumController, ...claimsController()],
      auth: { tokenIssuers: otherIssuer, claims: { realm: { anyOf: ['one', 'two'] } } },
    };
    app = guardedApp(await bootAuthApp(adapter, stub, options), stub);
  });
  afterAll(async () => {
    await app.close();
    await stub.close();
  });

  const status = (path: string, claims: JWTPayload) => app.status(path, { realm: 'one', ...claims });

  it.each(['/scopes', '/scope-list'])('of scopes want all of them, whole (%s)', async (path) => {
    const good: JWTPayload[] = [
      { scope: 'write read:all' },
      { scope: ['read:all', 'write'] },
      { scope: undefined, scp: 'read:all write' },
      { scope: undefined, scp: ['write', 'read:all', 'x'] },
    ];
    const lacking: JWTPayload[] = [
      { scope: 'read:all' },
      { scope: 'read write' },
      { scope: 'read:all,write' },
      { scope: 'READ:ALL WRITE' },
      { scope: '' },
      { scope: undefined },
      { scope: 'x', scp: 'read:all write' },
      { scope: ['read:all write'] },
      { scope: 5 },
      { scope: undefined, scp: { 'read:all': true, write: true } },
      { scope: undefined, scope_list: ['read:all', 'write'], roles: ['read:all', 'write'] },
    ];
    for (const claims of good) expect([claims, await status(path, claims)]).toEqual([claims, 200]);
    for (const claims of lacking) expect([claims, await status(path, claims)]).toEqual([claims, 403]);
  });

  it('of scopes say in the challenge which ones are wanted', async () => {
    const answer = await app.get('/scopes', { realm: 'one', scope: 'x' });
    expect(answer.json).toEqual({
      error: 'insufficient_scope',
      error_description: expect.any(String),
      detail: answer.json.error_description,
    });
    expect(answer.headers.get('www-authenticate')).toMatch(
      /^Bearer error="insufficient_scope", error_description="[^"]+", scope="read:all write"$/,
    );
  });

  it.each(claimCases.map(([claims, good, lacking], at) => ({ claims: JSON.stringify(claims), good, lacking, at })))(
    'of the claims $claims',
    async ({ good, lacking, at }) => {
      for (const claims of good) expect([claims, await status(`/claims-${at}`, claims)]).toEqual([claims, 200]);
      for (const claims of lacking) expect([claims, await status(`/claims-${at}`, claims)]).toEqual([claims, 403]);
    },
  );

  it('of claims name no scope in the challenge', async () => {
    const answer = await app.get('/claims-0', { realm: 'one' });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer error="insufficient_scope"(?!.*scope=")/);
  });

  it("of an audience stand beside the module's own", async () => {
    expect(await status('/audience', { aud: 'my-api' })).toBe(401);
    expect(await status('/audience', { aud: 'admin-api' })).toBe(401);
    expect(await status('/audience', { aud: ['admin-api', 'x'] })).toBe(401);
    expect(await status('/audience', { aud: ['my-api', 'other-api'] })).toBe(200);
    expect((await app.get('/audience', { realm: 'one' })).json.error).toBe('invalid_token');
  });

  it('of issuers want one of these exactly', async () => {
    expect(await status('/issuers', {})).toBe(401);
    expect(await status('/issuers', { iss: otherIssuer })).toBe(200);
    expect(await status('/issuers', { iss: otherIssuer.slice(0, -1) })).toBe(401);
    expect(await status('/any-issuer', {})).toBe(200);
    expect(await status('/any-issuer', { iss: otherIssuer })).toBe(200);
  });

  it('of class, method and parameter add up', async () => {
    const all = {
      aud: ['my-api', 'method-api'],
      scope: 'class method parameter',
      groups: ['class', 'method', 'parameter'],
    };
    expect(await status('/sum', all)).toBe(200);
    expect(await status('/sum', { ...all, aud: 'my-api' })).toBe(401);
    for (const lacking of ['class', 'method', 'parameter']) {
      expect(await status('/sum', { ...all, scope: all.scope.replace(lacking, '') })).toBe(403);
      expect(await status('/sum', { ...all, groups: all.groups.filter((group) => group !== lacking) })).toBe(403);
    }
  });

  it("of the instance's claims hold on every route", async () => {
    for (const path of ['/any-issuer', '/claims-2']) {
      expect(await app.status(path, { tenant: 'acme' })).toBe(403);
      expect(await app.status(path, { tenant: 'acme', realm: 'three' })).toBe(403);
      expect(await app.status(path, { tenant: 'acme', realm: 'two' })).toBe(200);
    }
    expect(await app.status('/any-issuer', badToken)).toBe(401);
  });

  it('are checked anew on every request of the same token', async () => {
    const token = await stub.accessToken({ realm: 'one', scope: 'read:all' });
    for (const expected of [200, 403, 200, 403]) {
      expect(await app.status(expected === 200 ? '/any-issuer' : '/scopes', token)).toBe(expected);
    }
  });
});
