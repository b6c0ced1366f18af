// An application in broker mode with one route.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { OidcAuthEvents, OidcAuthModule, Required } from 'nestjs-oidc-auth';

/** @param failed is given every event that says something failed */
export async function startApp({ issuer, store, encryptionKey, baseUrl }, failed = console.error) {
  class MeController {
    me(token) {
      return { sub: token.sub };
    }
  }
  Required()(MeController.prototype, 'me', 0);
  Get('me')(MeController.prototype, 'me', Object.getOwnPropertyDescriptor(MeController.prototype, 'me'));
  Controller()(MeController);
  class AppModule {}
  const options = {
    clientId: 'bench',
    clientSecret: 'a secret of 32 characters or more',
    discoveryUrl: issuer,
    baseUrl,
    broker: { audience: 'bench-api', store, encryptionKey },
  };
  Module({ imports: [OidcAuthModule.forRoot(options)], controllers: [MeController] })(AppModule);

  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ['error'] });
  const events = app.get(OidcAuthEvents);
  for (const name of ['provider-failed', 'store-failed', 'row-unreadable']) events.on(name, failed);
  await app.listen(0, '127.0.0.1');
  return { app, origin: `http://127.0.0.1:${app.getHttpServer().address().port}` };
}
