import { expect, it, jest } from '@jest/globals';

jest.unstable_mockModule('mongoose', () => {
  throw Object.assign(new Error("Cannot find package 'mongoose'"), { code: 'ERR_MODULE_NOT_FOUND' });
});

it('a MongoDB URL without mongoose installed says which package to add', async () => {
  const { mongooseStoreFromUrl } = await import('../../../lib/broker/mongoose/from-url.js');
  const store = mongooseStoreFromUrl('mongodb://anna:sesame@127.0.0.1/app');

  await expect(store.open()).rejects.toMatchObject({
    name: 'ConfigurationError',
    problems: ['broker.store: MongoDB needs the package mongoose: npm install mongoose'],
  });
  await expect(store.close()).resolves.toBeUndefined();
});

it('MongooseBrokerStore itself needs no mongoose: the connection that it is given brings it', async () => {
  const { MongooseBrokerStore } = await import('nestjs-oidc-auth/mongoose');
  expect(MongooseBrokerStore.name).toBe('MongooseBrokerStore');
});
