import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { OidcAuthEvents, OidcGuard, OidcRegistry, RouteAudit } from './guards/index.js';

/** What all registrations of one application share; global, so that OidcGuard resolves in every module. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [OidcRegistry, OidcAuthEvents, OidcGuard, RouteAudit],
  exports: [OidcRegistry, OidcAuthEvents, OidcGuard],
})
export class OidcCoreModule {}
