import assert from 'node:assert/strict';
import { descriptionAt } from '../../src/topology/schema/lookup.ts';

describe('what the language says about a place', () => {
  it('is found through maps, lists and alternatives', () => {
    assert.match(descriptionAt(['sites', 'A', 'zvm', 'replicationNic']) ?? '', /peers use/);
    assert.match(descriptionAt(['sites', 'A', 'firewalls', 0, 'between', 1]) ?? '', /A network/);
    assert.match(descriptionAt(['vpgs', 'v', 'journal']) ?? '', /How far back/);
    assert.match(descriptionAt(['vpgs', 'v', 'journal', 'history']) ?? '', /1h to 30d/);
    assert.match(
      descriptionAt(['drills', 'd', 'steps', 3, 'failover', 'checkpoint', 'before']) ?? '',
      /newest one before/,
    );
  });

  it('is nothing where there is no such key', () => {
    assert.equal(descriptionAt(['sites', 'A', 'nothing']), undefined);
    assert.equal(descriptionAt(['sites', 'A', 'constructor']), undefined);
    assert.equal(descriptionAt(['sites', 0]), undefined);
    assert.equal(descriptionAt(['version', 'x']), undefined);
  });
});
