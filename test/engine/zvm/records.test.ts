import assert from 'node:assert/strict';
import { Outbox } from '../../../src/engine/zvm/events.ts';
import { OperationRecords } from '../../../src/engine/zvm/operations/records.ts';

describe('the records of operations', () => {
  it('give no id a second time, though a crash took the record of the first one along', () => {
    const before = new OperationRecords('A', 1000, new Outbox(), []);
    const { id } = before.begin('failover-test', 'g', 1500);
    const after = new OperationRecords('A', 2000, new Outbox(), []);
    assert.notEqual(after.begin('failover-test', 'g', 2500).id, id);
  });
});
