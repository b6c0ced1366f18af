import { describe, expect, it } from '@jest/globals';
import { brokerSettingsFrom } from '../../../lib/settings/broker.settings.js';
import { OptionReader } from '../../../lib/settings/option-reader.js';
import { nodeCheck } from '../../../lib/tokens/index.js';
import { peersSettings } from '../broker/broker-parts.js';

/** What is wrong with the times of refreshes. */
function problemsOf(refresh: object): string[] {
  const problems: string[] = [];
  const options = new OptionReader(
    { baseUrl: 'x', broker: { store: 'memory:', audience: 'own-api', refresh } },
    problems,
  );
  const context = {
    ...{ clientId: 'my-client', baseUrl: 'https://app.example.org', audience: undefined },
    ...{ providerIssuers: [], peers: peersSettings(), checks: nodeCheck },
    ...{ clockTolerance: 5, verifiedTokens: 100, session: { idle: 60_000, max: 60_000 }, now: Date.now },
  };
  brokerSettingsFrom(options, context, []);
  return problems;
}

describe('the patience of callers', () => {
  it.each([{}, { patience: 12 }, { beat: 0.5, patience: 3 }, { beat: 2.5 }])(
    'is enough to see that a process has died, with %j',
    (refresh) => {
      expect(problemsOf(refresh)).toEqual([]);
    },
  );

  it.each([{ patience: 11.9 }, { beat: 0.5, patience: 2.9 }, { beat: 3 }])(
    'stops the boot where nobody would ever see that a process has died, with %j',
    (refresh) => {
      expect(problemsOf(refresh)).toEqual([
        expect.stringMatching(/refresh\.patience: has to be at least 6 times beat/),
      ]);
    },
  );
});
