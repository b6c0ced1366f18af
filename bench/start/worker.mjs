// One application, from nothing to its first answer.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const { kind, folder } = JSON.parse(process.argv[2]);

class HealthController {
  health() {
    return { up: true };
  }
}
Get('health')(
  HealthController.prototype,
  'health',
  Object.getOwnPropertyDescriptor(HealthController.prototype, 'health'),
);
Controller()(HealthController);
class AppModule {}
Module({ imports: await importsOf(kind), controllers: [HealthController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const { port } = app.getHttpServer().address();
const answer = await fetch(`http://127.0.0.1:${port}/health`);
if (answer.status !== 200) throw new Error(`${kind} answers ${answer.status}`);
process.send({ milliseconds: performance.now(), memory: process.memoryUsage.rss() });

/** What the application has besides its route. Nothing is fetched before it is needed. */
async function importsOf(kind) {
  if (kind === 'bare') return [];
  const { OidcAuthModule } = await import('nestjs-oidc-auth');
  const options = {
    clientId: 'bench',
    clientSecret: 'a secret of 32 characters or more',
    discoveryUrl: 'http://127.0.0.1:1/realms/bench',
  };
  if (kind === 'pass-through') return [OidcAuthModule.forRoot({ ...options, audience: 'bench-api' })];
  const store = kind === 'broker, memory' ? 'memory:' : `sqlite:///${folder}/bench.sqlite`;
  const encryptionKey = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=';
  return [
    OidcAuthModule.forRoot({
      ...options,
      baseUrl: 'http://127.0.0.1:3000',
      broker: { audience: 'bench-api', store, encryptionKey },
    }),
  ];
}
