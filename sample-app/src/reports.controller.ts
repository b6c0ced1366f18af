import { Controller, Get, UseGuards } from '@nestjs/common';
import { CurrentToken, type IDToken, OidcGuard, Requires } from 'nestjs-oidc-auth';

/** The guard stands on the class: every route in it, also a later one, wants the scope. */
@Controller('reports')
@UseGuards(OidcGuard)
@Requires({ scopes: 'reports:read' })
export class ReportsController {
  @Get()
  list(@CurrentToken() token: IDToken) {
    return { reader: token.preferred_username, reports: ['2026-10', '2026-11'] };
  }
}
