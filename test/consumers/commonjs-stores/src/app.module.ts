import { Controller, Get, Module } from '@nestjs/common';
import { IDToken, OidcAuthModule, Required } from 'nestjs-oidc-auth';
import { sqlite } from './stores';

@Controller()
class MeController {
  @Get('me')
  me(@Required() token: IDToken) {
    return { sub: token.sub };
  }
}

@Module({
  imports: [
    OidcAuthModule.forRoot({
      clientId: 'my-client',
      clientSecret: process.env.CLIENT_SECRET,
      discoveryUrl: process.env.DISCOVERY_URL ?? '',
      audience: 'my-api',
      baseUrl: 'http://127.0.0.1:3000',
      broker: { store: sqlite, encryptionKey: process.env.ENCRYPTION_KEY, audience: 'my-api' },
    }),
  ],
  controllers: [MeController],
})
export class AppModule {}
