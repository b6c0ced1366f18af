import { Controller, Get, Module } from '@nestjs/common';
import { IDToken, OidcAuthModule, Required } from 'nestjs-oidc-auth';
import { brokerFrom } from './broker';

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
        clientSecret: process.env.CLIENT_SECRET,
        discoveryUrl: process.env.DISCOVERY_URL ?? '',
        audience: 'my-api',
        baseUrl: 'http://127.0.0.1:3000',
        broker: brokerFrom(process.env),
      }),
    }),
  ],
  controllers: [MeController],
})
export class AppModule {}
