import { Test } from '@nestjs/testing';
import { createTestIssuer } from 'nestjs-oidc-auth/testing';
import { AppModule } from './app.module';

test('a CommonJS application under Jest: 401 without a token, 200 with one', async () => {
  const issuer = await createTestIssuer({ audience: 'my-api' });
  process.env.DISCOVERY_URL = issuer.discoveryUrl;
  const moduleRef = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = moduleRef.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const me = `${await app.getUrl()}/me`;

  expect((await fetch(me)).status).toBe(401);
  const answer = await fetch(me, { headers: { authorization: `Bearer ${await issuer.token({ sub: 'ada' })}` } });
  expect([answer.status, await answer.json()]).toEqual([200, { sub: 'ada' }]);

  await app.close();
  await issuer.close();
});

test('and in broker mode', async () => {
  process.env.BROKER_STORE = 'memory:';
  const moduleRef = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = moduleRef.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  expect((await fetch(`${url}/auth/v2/.well-known/jwks.json`)).status).toBe(200);
  expect((await fetch(`${url}/me`)).status).toBe(401);

  await app.close();
});
