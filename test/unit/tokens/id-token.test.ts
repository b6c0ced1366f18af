import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IDToken, type StandardClaims } from 'nestjs-oidc-auth';

const standard = { iss: 'https://idp.example.org', sub: 'ada', exp: 4_102_444_800 };

/** As claims arrive: out of JSON, where `__proto__` is a name like any other. */
const parsed = (json: string) => JSON.parse(json) as Record<string, unknown>;

function everyObjectIn(root: object): object[] {
  const inner = Object.values(root).filter((value): value is object => typeof value === 'object' && value !== null);
  return [root, ...inner.flatMap(everyObjectIn)];
}

describe('an IDToken', () => {
  it('has every claim, known or not, and its roles', () => {
    const claims = { ...standard, tenant: 'blue', address: { city: 'London' }, constructor: 'a claim', groups: ['g'] };
    const token = new IDToken(claims);
    expect({ ...token }).toEqual({ ...claims, roles: ['g'] });
    expect(token).toBeInstanceOf(IDToken);
    expect(JSON.parse(JSON.stringify(token))).toEqual({ ...claims, roles: ['g'] });
  });

  it('counts the roles of the clients that are named', () => {
    const claims = { ...standard, resource_access: { mine: { roles: ['a'] }, other: { roles: ['b'] } } };
    expect(new IDToken(claims, ['mine']).roles).toEqual(['a']);
    expect(new IDToken(claims).roles).toEqual([]);
  });

  it('keeps every claim of any JSON', () => {
    const name = fc.string().filter((one) => one !== '__proto__' && one !== 'roles');
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), (claims) => {
        const { roles, ...others } = new IDToken(parsed(JSON.stringify(claims)));
        expect(others).toEqual(parsed(JSON.stringify(claims)));
        expect(Array.isArray(roles)).toBe(true);
      }),
    );
  });

  it('is frozen to its depths', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
        const token = new IDToken(parsed(JSON.stringify(claims)));
        expect(everyObjectIn(token).every((one) => Object.isFrozen(one))).toBe(true);
      }),
    );
  });

  it('cannot be raised by a handler', () => {
    const token = new IDToken({ ...standard, groups: ['users'], realm_access: { roles: ['user'] } });
    expect(() => token.roles.push('admin')).toThrow(TypeError);
    expect(() => token.groups?.push('admin')).toThrow(TypeError);
    expect(() => token.realm_access?.roles?.push('admin')).toThrow(TypeError);
    expect(() => Object.assign(token, { sub: 'eve' })).toThrow(TypeError);
    expect(token).toMatchObject({ sub: 'ada', roles: ['users', 'user'], groups: ['users'] });
  });

  it('is frozen to its depths although its claims were frozen at their surface', () => {
    const roles = ['user'];
    const token = new IDToken({ ...standard, realm_access: Object.freeze({ roles }) });
    expect(Object.isFrozen(token.realm_access?.roles)).toBe(true);
  });

  it('takes no prototype from a claim', () => {
    const token = new IDToken(parsed('{"sub":"ada","__proto__":{"roles":["admin"],"isAdmin":true}}'));
    expect(Reflect.getPrototypeOf(token)).toBe(IDToken.prototype);
    expect('isAdmin' in token).toBe(false);
    expect(token.roles).toEqual([]);
    expect('isAdmin' in {}).toBe(false);
  });

  it('leaves what every object inherits as it is', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    new IDToken(parsed('{"constructor":{"prototype":{"isAdmin":true}},"a":{"__proto__":{"isAdmin":true}}}'));
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect('isAdmin' in {}).toBe(false);
  });
});

describe('the type IDToken', () => {
  it('knows the standard claims, and those that it is given', () => {
    const token: IDToken = new IDToken({ ...standard, tenant: 'blue' });
    const typed = token as IDToken<{ tenant: string }>;
    const tenant: string = typed.tenant;
    const subject: string = typed.sub;
    const name: string | undefined = typed.preferred_username;
    const roles: readonly string[] = typed.roles;
    expect([tenant, subject, name, roles]).toEqual(['blue', 'ada', undefined, []]);
  });

  it('is one that a function, an interface and a generic may name', () => {
    interface Tenant {
      tenant: string;
    }
    interface Carrier<Claims extends object = object> {
      token?: IDToken<Claims>;
    }
    const tenantOf = <Claims extends Tenant>({ token }: Carrier<Claims>): string | undefined => token?.tenant;
    const claims: StandardClaims & Tenant = { ...standard, roles: [], tenant: 'blue' };
    expect(tenantOf({ token: claims })).toBe('blue');
    expect(tenantOf({})).toBeUndefined();
  });

  it('is wary of what it does not know, and of writing', () => {
    const token = new IDToken(standard);
    // @ts-expect-error a claim that nobody declared
    expect(token.tenant).toBeUndefined();
    expect(() => {
      // @ts-expect-error claims are there to be read
      token.sub = 'eve';
    }).toThrow(TypeError);
    // @ts-expect-error sub is a string
    const number: number = token.sub;
    expect(number).toBe('ada');
  });
});
