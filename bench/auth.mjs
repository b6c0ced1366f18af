// This package inside one process: for workers of the benchmark, which find it by its name.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OidcAuth, OidcAuthModule } from 'nestjs-oidc-auth';

/** @returns the registration of an application that has nothing else */
export async function authWith(options) {
  class AppModule {}
  Module({ imports: [OidcAuthModule.forRoot({ clientId: 'bench', ...options })] })(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  return { auth: app.get(OidcAuth), close: () => app.close() };
}

/** A token as it comes out of a request: one piece of memory, not the parts from which it was put together. */
export function asReceived(token) {
  return Buffer.from(token, 'latin1').toString('latin1');
}
