import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ConfigurationError } from 'nestjs-oidc-auth';
import { AppModule } from './app.module.js';
import { PackageLogger } from './package-logger.js';
import { readSettings } from './settings.js';

try {
  const app = await NestFactory.create(AppModule, {
    logger: new PackageLogger(),
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.enableShutdownHooks();
  await app.listen(readSettings(process.env).port, '127.0.0.1');
} catch (error) {
  // Says all that is needed. Anything else wants its stack.
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exit(1);
}
