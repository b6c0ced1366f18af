import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/**
 * NestJS 12 with one route, `GET /me`, which says whose token it is.
 *
 * @returns the port, on loopback
 */
export async function listen(settings) {
  const { imports, decorate } = await (await import(`./guard-${settings.guard}.mjs`)).guarded(settings);
  class MeController {
    me(user) {
      return { sub: user.sub };
    }
  }
  decorate(MeController, 'me');
  Get('me')(MeController.prototype, 'me', Object.getOwnPropertyDescriptor(MeController.prototype, 'me'));
  Controller()(MeController);
  class AppModule {}
  Module({ imports, controllers: [MeController] })(AppModule);

  const app = await NestFactory.create(AppModule, await adapterOf(settings.platform), { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer().address().port;
}

async function adapterOf(platform) {
  if (platform === 'fastify') return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
  return new (await import('@nestjs/platform-express')).ExpressAdapter();
}
