import { describe, expect, it } from '@jest/globals';
import { adapters } from '../support/apps.js';
import { bootAuthApp } from '../support/auth-app.js';
import { expectWireError } from '../support/expect-wire.js';
import { startStubProvider } from '../support/stub-provider.js';
import { loopbackTarget } from '../support/wire-client.js';

describe.each(adapters)('a fault of the program on %s', (adapter) => {
  it("is 500 in the wire's format; what it was stands in the log only", async () => {
    const stub = await startStubProvider();
    let broken = false;
    const now = () => {
      if (broken) throw new RangeError('the clock has stopped');
      return Date.now();
    };
    const app = await bootAuthApp(adapter, stub, { auth: { now } });
    broken = true;
    const answers = [
      await app.client.get('/auth/v2/login', { redirect_uri: loopbackTarget }),
      await app.client.post('/auth/v2/device'),
      await app.client.get('/auth/v2/userinfo', {}, { bearer: await stub.accessToken() }),
    ];
    for (const answer of answers) {
      expectWireError(answer, 500, 'server_error');
      expect(answer.text).not.toMatch(/clock|RangeError|\bat /);
    }
    expect(app.logs.text('error')).toContain('the clock has stopped');
    await app.close();
    await stub.close();
  });
});
