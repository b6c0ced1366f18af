import { Module } from '@nestjs/common';
import { OidcAuthModule } from 'nestjs-oidc-auth';
import { HelloController } from './hello.controller.js';
import { ReportsController } from './reports.controller.js';
import { SampleAuthController } from './sample-auth.controller.js';
import { readSettings } from './settings.js';

@Module({
  imports: [
    OidcAuthModule.forRootAsync({
      useFactory: () => readSettings(process.env).oidc,
      controller: SampleAuthController,
    }),
  ],
  controllers: [HelloController, ReportsController],
})
export class AppModule {}
