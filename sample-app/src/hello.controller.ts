import { Controller, Get } from '@nestjs/common';
import { type IDToken, Optional, Required } from 'nestjs-oidc-auth';

@Controller()
export class HelloController {
  /** Open: no guard looks at this route. */
  @Get('public')
  open() {
    return { hello: 'everybody' };
  }

  /** Open, but a token that comes along has to be good. */
  @Get('hello')
  hello(@Optional() token?: IDToken) {
    return { hello: token?.preferred_username ?? 'guest' };
  }

  /** Any good token. */
  @Get('me')
  me(@Required() token: IDToken) {
    return { sub: token.sub, name: token.name, email: token.email };
  }

  /** A token whose claim `groups` lists `admins`. */
  @Get('admin')
  admin(@Required({ claims: { groups: ['admins'] } }) token: IDToken) {
    return { admin: token.preferred_username };
  }
}
