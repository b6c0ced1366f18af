import { Controller, Get } from '@nestjs/common';
import { Required, type IDToken } from 'nestjs-oidc-auth';

/** Routes that want what Keycloak has to say of a user; each hands out the token as the guard left it. */
@Controller()
export class RequirementsController {
  @Get('me')
  me(@Required() token: IDToken): IDToken {
    return token;
  }

  @Get('staff')
  staff(@Required({ claims: { 'realm_access.roles': ['staff'] } }) token: IDToken): IDToken {
    return token;
  }

  @Get('hpc')
  hpc(@Required({ claims: { groups: ['/hpc', '/hpc/admins'] } }) token: IDToken): IDToken {
    return token;
  }

  @Get('editors')
  editors(@Required({ claims: { 'resource_access.the-app.roles': ['editor'] } }) token: IDToken): IDToken {
    return token;
  }

  @Get('deputies')
  deputies(
    @Required({ claims: { 'resource_access.elsewhere.roles': { anyOf: ['admin', 'deputy'] } } }) token: IDToken,
  ): IDToken {
    return token;
  }

  @Get('nobody')
  nobody(@Required({ claims: { 'realm_access.roles': ['staff', 'nobody'] } }) token: IDToken): IDToken {
    return token;
  }

  @Get('mail')
  mail(@Required({ scopes: 'email', claims: { email_verified: true } }) token: IDToken): IDToken {
    return token;
  }
}
