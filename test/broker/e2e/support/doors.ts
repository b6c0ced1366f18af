import { Controller, Get } from '@nestjs/common';
import { Optional, Required, type IDToken } from 'nestjs-oidc-auth';

/** Routes that want more and less of a token of the broker; each hands out the token as the guard left it. */
@Controller()
export class DoorsController {
  @Get('me')
  me(@Required() token: IDToken): IDToken {
    return token;
  }

  @Get('maybe')
  maybe(@Optional() token?: IDToken): { sub: string } {
    return { sub: token?.sub ?? 'nobody' };
  }

  @Get('readers')
  readers(@Required({ scopes: 'read' }) token: IDToken): IDToken {
    return token;
  }

  @Get('admins')
  admins(@Required({ claims: { groups: ['admins'] } }) token: IDToken): IDToken {
    return token;
  }

  @Get('users')
  users(@Required({ claims: { 'realm_access.roles': ['user'] } }) token: IDToken): IDToken {
    return token;
  }

  @Get('own-audience')
  ownAudience(@Required({ audience: 'own-api' }) token: IDToken): IDToken {
    return token;
  }

  @Get('foreign-audience')
  foreignAudience(@Required({ audience: 'my-api' }) token: IDToken): IDToken {
    return token;
  }

  @Get('roles')
  roles(@Required({ claims: { roles: ['admin'] } }) token: IDToken): IDToken {
    return token;
  }

  @Get('foreign-issuer')
  foreignIssuer(@Required({ issuers: ['https://elsewhere.example.org'] }) token: IDToken): IDToken {
    return token;
  }
}
