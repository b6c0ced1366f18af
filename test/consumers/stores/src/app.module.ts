import { Module } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import { OidcAuthModule } from 'nestjs-oidc-auth';
import { TypeOrmBrokerStore } from 'nestjs-oidc-auth/typeorm';
import type { DataSource } from 'typeorm';
import { MeController } from './me.controller.js';
import { Visit } from './visit.entity.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'better-sqlite3', database: 'app.sqlite', entities: [Visit], synchronize: true }),
    TypeOrmModule.forFeature([Visit]),
    OidcAuthModule.forRootAsync({
      inject: [getDataSourceToken()],
      useFactory: (dataSource: DataSource) => ({
        clientId: 'my-client',
        clientSecret: process.env.CLIENT_SECRET,
        discoveryUrl: process.env.DISCOVERY_URL ?? '',
        audience: 'my-api',
        baseUrl: 'http://127.0.0.1:3000',
        broker: {
          store: new TypeOrmBrokerStore(dataSource),
          encryptionKey: process.env.ENCRYPTION_KEY,
          audience: 'my-api',
        },
      }),
    }),
  ],
  controllers: [MeController],
})
export class AppModule {}
