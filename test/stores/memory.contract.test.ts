import { describe, expect, it } from '@jest/globals';
import { brokerStoreContract } from 'nestjs-oidc-auth/testing';
import { MemoryBrokerStore } from '../../lib/broker/memory/memory.store.js';

describe('the store in memory keeps the contract', () => {
  const store = new MemoryBrokerStore();

  for (const { name, run } of brokerStoreContract) {
    it(name, async () => {
      await expect(run(async () => store)).resolves.toBeUndefined();
    });
  }
});
