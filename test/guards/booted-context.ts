import { Module, type INestApplicationContext, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigurationError, OidcAuthModule, type OidcAuthOptions, type OidcAuthShape } from 'nestjs-oidc-auth';
import { CapturedLogs } from '../support/captured-logs.js';

/** An application without HTTP server: a worker, a command line. */
export interface BootedContext {
  readonly context: INestApplicationContext;
  readonly logs: CapturedLogs;
}

/** Options with which an application boots and warns of nothing. */
export const soundOptions = {
  clientId: 'my-client',
  clientSecret: 'hunter2-hunter2-hunter2-hunter2-hunter2',
  discoveryUrl: 'https://idp.example.org/realms/demo',
  audience: 'my-api',
} satisfies OidcAuthOptions;

export async function bootContext(metadata: ModuleMetadata): Promise<BootedContext> {
  @Module(metadata)
  class RootModule {}

  const logs = new CapturedLogs();
  const context = await NestFactory.createApplicationContext(RootModule, { abortOnError: false, logger: logs });
  return { context, logs };
}

/** What stops the boot with these options, sentence by sentence; nothing, if it boots. */
export async function problemsOf(options: unknown): Promise<readonly string[]> {
  try {
    const imports = [OidcAuthModule.forRoot(options as OidcAuthOptions & OidcAuthShape)];
    await (await bootContext({ imports })).context.close();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}
