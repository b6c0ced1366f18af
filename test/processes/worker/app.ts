import { inspect } from 'node:util';
import { Controller, Get, Module, type INestApplication, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { OidcAuthModule, Required, type IDToken } from 'nestjs-oidc-auth';
import { Faults, faultyFetch, faultyStore } from './faults.js';
import type { WorkerConfig } from './protocol.js';
import { storeFrom, type OpenedStore } from './store.js';

/** What the application protects. */
@Controller()
class DoorController {
  @Get('me')
  me(@Required() token: IDToken): object {
    return { ...token };
  }
}

/** An application in broker mode, and what a test can do to it. */
export interface BootedApp {
  readonly app: INestApplication;
  readonly store: OpenedStore;
}

export async function bootApp(
  { port, store: target, auth }: WorkerConfig,
  faults: Faults,
  now: () => number,
): Promise<BootedApp> {
  const store = await storeFrom(target);
  const broker = { ...auth.broker, store: faultyStore(store.store, faults) };

  @Module({
    imports: [OidcAuthModule.forRoot({ ...auth, broker, fetch: faultyFetch(faults), now })],
    controllers: [DoorController],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, new FastifyAdapter(), {
    abortOnError: false,
    forceCloseConnections: true,
    logger: printed,
  });
  await app.listen(port, '127.0.0.1');
  return { app, store };
}

/** Every line at the most verbose level, objects in full depth, so that the test can search them. */
const printed = Object.fromEntries(
  (['log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const).map((level) => [
    level,
    (...parts: unknown[]) => {
      const text = parts.map((part) => (typeof part === 'string' ? part : inspect(part, { depth: 20 }))).join(' ');
      process.stdout.write(`${level} ${text}\n`);
    },
  ]),
) as unknown as LoggerService;
