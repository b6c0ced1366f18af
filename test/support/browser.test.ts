import { describe, expect, it } from '@jest/globals';
import { CookieJar } from './cookie-jar.js';
import { Browser } from './browser.js';
import { escapeHtml, formsOf } from './html-forms.js';
import { LoopbackServer } from './loopback.js';
import { reverseProxy } from './reverse-proxy.js';

describe('the cookie jar', () => {
  const loopback = new URL('http://127.0.0.1:4000/auth/v2/login');

  it('sends Secure and __Host- cookies to loopback over http, and nowhere else over http', () => {
    const jar = new CookieJar();
    jar.store(loopback, ['__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax', 'b=2; Secure; Path=/']);
    expect(jar.header(loopback)).toBe('__Host-a=1; b=2');
    expect(jar.list(loopback)[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax', secure: true, path: '/' });

    const plain = new URL('http://app.example.org/');
    jar.store(plain, ['c=3; Secure', 'd=4']);
    expect(jar.header(plain)).toBe('d=4');
  });

  it('refuses a __Host- cookie with a Domain, another path or without Secure', () => {
    const jar = new CookieJar();
    jar.store(loopback, [
      '__Host-a=1; Path=/',
      '__Host-b=1; Path=/auth; Secure',
      '__Host-c=1; Path=/; Secure; Domain=x',
    ]);
    expect(jar.header(loopback)).toBeUndefined();
  });

  it('keeps cookies per host, whatever the port, within their path', () => {
    const jar = new CookieJar();
    jar.store(loopback, ['here=1', 'everywhere=2; Path=/']);
    expect(jar.header(new URL('http://127.0.0.1:5000/auth/v2/callback'))).toBe('here=1; everywhere=2');
    expect(jar.header(new URL('http://127.0.0.1:5000/other'))).toBe('everywhere=2');
    expect(jar.header(new URL('http://localhost:4000/auth/v2/callback'))).toBeUndefined();
  });

  it('drops a cookie that has expired', () => {
    const jar = new CookieJar();
    jar.store(loopback, ['a=1; Path=/', 'b=1; Path=/']);
    jar.store(loopback, ['a=; Path=/; Max-Age=0', 'b=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);
    expect(jar.header(loopback)).toBeUndefined();
  });
});

describe('the forms of a page', () => {
  it('have an action, a method and fields, with entities decoded', () => {
    const value = `<"&'>`;
    const html = `<form method="post" action="../go"><input type="hidden" name="a" value="${escapeHtml(value)}"/></form>`;
    expect(formsOf(html, 'http://localhost/x/y')).toEqual([
      { method: 'POST', action: 'http://localhost/go', fields: { a: value } },
    ]);
  });
});

describe('the scripted browser', () => {
  it('follows redirects with cookies, stops at a target without requesting it, and posts forms', async () => {
    const seen: string[] = [];
    const server = await LoopbackServer.start((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.cookie ?? '-'}`);
      if (request.url === '/start') response.writeHead(302, { location: '/form', 'set-cookie': 's=1; Path=/' }).end();
      else if (request.url === '/form')
        response.end('<form method="post" action="/sent"><input name="a" value="1"></form>');
      else response.writeHead(303, { location: 'http://localhost:1/target?code=x' }).end();
    });
    const browser = new Browser();
    const form = await browser.visit(`${server.origin}/start`);
    const last = await browser.submit(form, { b: '2' }, { stopAt: 'http://localhost:1/' });
    expect(last.url.href).toBe('http://localhost:1/target?code=x');
    expect(last.status).toBe(303);
    expect(seen).toEqual(['GET /start -', 'GET /form s=1', 'POST /sent s=1']);
    await server.close();
  });

  it('sees a public site where an application listens on loopback', async () => {
    const server = await LoopbackServer.start(({ url, headers }, response) => response.end(`${url} ${headers.cookie}`));
    const browser = new Browser(reverseProxy('https://app.example.org', () => server.origin));
    browser.cookies.store(new URL('https://app.example.org/'), ['__Host-a=1; Path=/; Secure']);
    expect(await browser.visit('https://app.example.org/x?y')).toMatchObject({ body: '/x?y __Host-a=1' });
    await server.close();
  });
});
