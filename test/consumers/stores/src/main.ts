import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { MongodbModule } from './mongodb.module.js';

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(MongodbModule.name);
console.log(await app.getUrl());
