import { Controller, Get, Logger, Res } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { adapters, bootApp } from './apps.js';
import { rawRequest } from './raw-http.js';

@Controller()
class HelloController {
  @Get('hello')
  hello(): { hello: string } {
    new Logger('Hello').debug({ deep: { in: { an: { object: 'secret' } } } });
    return { hello: 'world' };
  }

  @Get('chunked')
  chunked(@Res() response: { raw?: NodeJS.WritableStream } & NodeJS.WritableStream): void {
    const stream = response.raw ?? response;
    stream.write('a');
    stream.end('b');
  }
}

describe.each(adapters)('an application on %s', (adapter) => {
  it.each([false, true])('boots, answers and logs (testing module: %s)', async (testingModule) => {
    let known = '';
    const app = await bootApp(adapter, (url) => {
      known = url;
      return { controllers: [HelloController], testingModule, configure: (nest) => void nest.setGlobalPrefix('api') };
    });
    expect(app.url).toBe(known);
    expect(await (await fetch(`${app.url}/api/hello`)).json()).toEqual({ hello: 'world' });
    expect(app.logs.text('debug')).toContain('secret');
    expect(app.logs.text('log')).toContain('HelloController');
    await app.close();
    await expect(fetch(`${app.url}/api/hello`)).rejects.toThrow();
  });

  it('takes raw requests', async () => {
    const app = await bootApp(adapter, { controllers: [HelloController] });
    const answer = await rawRequest(app.url, {
      path: '/hello',
      headers: [
        ['Authorization', 'Bearer a'],
        ['Authorization', 'Bearer b'],
      ],
    });
    expect(answer).toMatchObject({ status: 200, body: '{"hello":"world"}' });
    expect(answer.all('Content-Type')[0]).toContain('application/json');
    expect((await rawRequest(app.url, { path: '/chunked' })).body).toBe('ab');
    expect((await rawRequest(app.url, { method: 'HEAD', path: '/hello' })).body).toBe('');
    await app.close();
  });

  it('passes on what stops the boot', async () => {
    const broken = { provide: 'x', useFactory: () => Promise.reject(new Error('no boot')) };
    await expect(bootApp(adapter, { providers: [broken] })).rejects.toThrow('no boot');
  });
});
