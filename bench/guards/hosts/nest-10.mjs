import 'reflect-metadata';
import { Controller, createParamDecorator, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard, KeycloakConnectModule, PolicyEnforcementMode, TokenValidation } from 'nest-keycloak-connect';
import { SUBJECT } from './subject.mjs';
import { behind } from './user.mjs';

const nobody = { sub: SUBJECT };
const Somebody = createParamDecorator(() => nobody);

/** NestJS 10 on Express: with nest-keycloak-connect, which verifies by itself, or without any guard. */
export async function listen({ guard, issuer, audience }) {
  class MeController {
    me(user) {
      return { sub: user.sub };
    }
  }
  if (guard === 'none') Somebody()(MeController.prototype, 'me', 0);
  else behind(AuthGuard)(MeController, 'me');
  Get('me')(MeController.prototype, 'me', Object.getOwnPropertyDescriptor(MeController.prototype, 'me'));
  Controller()(MeController);
  class AppModule {}
  Module({ imports: guard === 'none' ? [] : [keycloak(issuer, audience)], controllers: [MeController] })(AppModule);

  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer().address().port;
}

function keycloak(issuer, audience) {
  const [authServerUrl, realm] = issuer.split('/realms/');
  return KeycloakConnectModule.register({
    authServerUrl,
    realm,
    clientId: audience,
    secret: '',
    bearerOnly: true,
    verifyTokenAudience: true,
    logLevels: ['error'],
    policyEnforcement: PolicyEnforcementMode.PERMISSIVE,
    tokenValidation: TokenValidation.OFFLINE,
  });
}
