import { Module } from '@nestjs/common';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { OidcAuthModule } from 'nestjs-oidc-auth';
import { MongooseBrokerStore } from 'nestjs-oidc-auth/mongoose';

/** The same with MongoDB: it is there to be compiled and loaded, as no server is. */
@Module({
  imports: [
    MongooseModule.forRoot('mongodb://127.0.0.1/app'),
    OidcAuthModule.forRootAsync({
      inject: [getConnectionToken()],
      useFactory: (connection: Connection) => ({
        clientId: 'my-client',
        discoveryUrl: process.env.DISCOVERY_URL ?? '',
        baseUrl: 'http://127.0.0.1:3000',
        broker: {
          store: new MongooseBrokerStore(connection, { collectionPrefix: 'sign_in_' }),
          encryptionKey: process.env.ENCRYPTION_KEY,
          audience: 'my-api',
        },
      }),
    }),
  ],
})
export class MongodbModule {}
