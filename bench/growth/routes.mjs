// Protected routes, and what they require.
import { Controller, Get, Module } from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { OidcAuthModule, OidcGuard, Required } from 'nestjs-oidc-auth';
import { asReceived } from '../auth.mjs';
import { AUDIENCE, makeKeys, minter, startIssuer } from '../guards/tokens.mjs';
import { median } from '../rounds.mjs';
import { costBySize } from './by-size.mjs';

const ROUTES_A_CONTROLLER = 20;
const keys = makeKeys();

/** Time that a guard takes, by the number of routes beside its own; the token is known already. */
export function routes(settings) {
  return guarding([1, 100, 1_000], (size) => ({ count: size, requirement: undefined }), settings);
}

/** Time that a guard takes, by the number of claims that its route requires. */
export function requirements(settings) {
  const claims = (size) => Object.fromEntries(Array.from({ length: size }, (_, at) => [`claim_${at}`, 'value']));
  return guarding([1, 10, 100], (size) => ({ count: 1, requirement: { claims: claims(size) } }), settings);
}

/** Time from nothing to an application that can listen, by the number of routes; against the same without guards. */
export async function starts({ rounds }) {
  const { issuer, close } = await startIssuer(keys);
  const times = {};
  for (let round = -1; round < Math.min(rounds, 5); round++) {
    for (const size of [1, 100, 1_000]) {
      const taken = {};
      for (const guarded of [false, true]) {
        const begin = performance.now();
        const { app } = await appOf({ count: size, issuer, guarded });
        taken[guarded] = performance.now() - begin;
        await app.close();
      }
      if (round >= 0) (times[size] ??= []).push(taken);
    }
  }
  close();
  return Object.fromEntries(
    Object.entries(times).map(([size, list]) => [
      size,
      { bare: median(list.map((one) => one.false)), guarded: median(list.map((one) => one.true)) },
    ]),
  );
}

async function guarding(sizes, shapeOf, settings) {
  const { issuer, close } = await startIssuer(keys);
  const claims = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`claim_${at}`, 'value']));
  const token = asReceived(await minter('ES256', keys.ES256.privateJwk, issuer, claims)());
  const apps = [];
  const operations = {};
  for (const size of sizes) {
    const { app, controller } = await appOf({ issuer, guarded: true, ...shapeOf(size) });
    apps.push(app);
    operations[size] = await guardOf(app, controller, token);
  }
  const measured = await costBySize(operations, settings);
  for (const app of apps) await app.close();
  close();
  return measured;
}

/** The guard, called as Nest calls it, for the last route of the application. */
async function guardOf(app, controller, token) {
  const guard = await app.get(ModuleRef).create(OidcGuard);
  const handler = controller.prototype.method0;
  const authorization = `Bearer ${token}`;
  return async () => {
    const request = {
      headers: { host: '127.0.0.1', authorization },
      rawHeaders: ['Host', '127.0.0.1', 'Authorization', authorization],
    };
    const context = new ExecutionContextHost([request, {}], controller, handler);
    if ((await guard.canActivate(context)) !== true) throw new Error('The guard let nobody in.');
  };
}

async function appOf({ count, issuer, guarded, requirement }) {
  const controllers = [];
  for (let made = 0; made < count; made += ROUTES_A_CONTROLLER) {
    controllers.push(controllerOf(made, Math.min(ROUTES_A_CONTROLLER, count - made), guarded, requirement));
  }
  class AppModule {}
  const imports = guarded
    ? [OidcAuthModule.forRoot({ clientId: 'bench', discoveryUrl: issuer, audience: AUDIENCE })]
    : [];
  Module({ imports, controllers })(AppModule);
  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: ['error'] });
  await app.init();
  return { app, controller: controllers.at(-1) };
}

function controllerOf(number, count, guarded, requirement) {
  class RoutesController {}
  for (let at = 0; at < count; at++) {
    const name = `method${at}`;
    const method = { [name]: (token) => ({ sub: token?.sub }) }[name];
    Object.defineProperty(RoutesController.prototype, name, { value: method, writable: true, configurable: true });
    if (guarded) Required(requirement)(RoutesController.prototype, name, 0);
    Get(name)(RoutesController.prototype, name, Object.getOwnPropertyDescriptor(RoutesController.prototype, name));
  }
  Controller(`routes-${number}`)(RoutesController);
  return RoutesController;
}
