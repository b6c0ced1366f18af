import { it } from '@jest/globals';
import { bootAuthApp } from '../support/auth-app.js';
import { rawRequest } from '../support/raw-http.js';
import { startStubProvider } from '../support/stub-provider.js';
it('probe', async () => {
  const stub = await startStubProvider();
  for (const a of ['express', 'fastify'] as const) {
    const app = await bootAuthApp(a, stub, {});
    for (const path of [
      '/auth/v2/token',
      '/auth/v2/token/',
      '/AUTH/v2/token',
      '/auth/v2/token?x=y',
      '/auth/v2/%74oken',
      '//auth/v2/token',
    ]) {
      const bad = await rawRequest(app.url, {
        method: 'POST',
        path,
        headers: [['content-type', 'application/json']],
        body: '{',
      });
      const ok = await rawRequest(app.url, {
        method: 'POST',
        path,
        headers: [['content-type', 'application/x-www-form-urlencoded']],
        body: 'refresh_token=r',
      });
      process.stderr.write(`${a} ${path} bad: ${bad.status} ${bad.body.slice(0, 60)} ok: ${ok.status}\n`);
    }
    await app.close();
  }
  await stub.close();
});
