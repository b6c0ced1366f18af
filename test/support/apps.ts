import type { Server } from 'node:http';
import {
  Module,
  type INestApplication,
  type ModuleMetadata,
  type NestApplicationOptions,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { CapturedLogs } from './captured-logs.js';
import { freePort, letProcessEnd } from './loopback.js';

/** Both HTTP adapters, for `describe.each(adapters)('… on %s', (adapter) => …)`. */
export const adapters = ['express', 'fastify'] as const;

export type AdapterName = (typeof adapters)[number];

export interface AppOptions extends ModuleMetadata {
  /** What `main.ts` would do before `listen`: global prefix, versioning, pipes, … */
  readonly configure?: (app: INestApplication) => void | Promise<void>;
  readonly appOptions?: NestApplicationOptions;
  /** Create the application with `Test.createTestingModule` in the place of `NestFactory.create`. */
  readonly testingModule?: boolean;
}

export interface App {
  /** Where it listens, on loopback. */
  readonly url: string;
  readonly app: INestApplication;
  /** Everything that was logged since the boot began. */
  readonly logs: CapturedLogs;
  close(): Promise<void>;
}

/**
 * Boots a Nest application on 127.0.0.1. The options may be a function of the application's URL, which `baseUrl` has to know
 * before the application listens. Without a given port it gets one of its own.
 */
export async function bootApp(
  adapterName: AdapterName,
  options: AppOptions | ((url: string) => AppOptions),
  givenPort?: number,
): Promise<App> {
  const port = givenPort ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const { configure, appOptions, testingModule, ...metadata } = typeof options === 'function' ? options(url) : options;
  const logs = new CapturedLogs();

  @Module(metadata)
  class AppModule {}

  const adapter = adapterName === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const settings = { abortOnError: false, logger: logs, forceCloseConnections: true, ...appOptions };
  const app = testingModule
    ? (
        await Test.createTestingModule({ imports: [AppModule] })
          .setLogger(logs)
          .compile()
      ).createNestApplication(adapter, settings)
    : await NestFactory.create(AppModule as Type<unknown>, adapter, settings);
  try {
    await configure?.(app);
    letProcessEnd(app.getHttpServer() as Server);
    await app.listen(port, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  return { url, app, logs, close: () => app.close() };
}
