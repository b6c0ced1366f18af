import { Controller, Get, Module } from '@nestjs/common';
import { IDToken, OidcAuthModule, Required } from 'nestjs-oidc-auth';

@Controller()
class MeController {
  @Get('me')
  me(@Required() token: IDToken) {
    return { sub: token.sub };
  }
}

@Module({
  imports: [
    OidcAuthModule.forRootAsync({
      useFactory: () => ({
        clientId: 'my-client',
        discoveryUrl: process.env.DISCOVERY_URL ?? '',
        audience: 'my-api',
      }),
    }),
  ],
  controllers: [MeController],
})
export class AppModule {}
