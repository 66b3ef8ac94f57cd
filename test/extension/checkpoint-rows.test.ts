import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  checkpointRows,
  countRows,
  describeCounts,
  formatLength,
  formatOffset,
} from '../../src/extension/checkpoint-rows.ts';
import { vpgSnapshot } from '../webview/timeline-fixture.ts';

const minute = 60_000;
const timeOf = (row: ReturnType<typeof checkpointRows>[number]): number =>
  row.kind === 'gap' ? row.gap.from : row.time;

describe('the rows of a VPG’s checkpoints', () => {
  const vpg = vpgSnapshot();
  const all = checkpointRows(vpg, Infinity);

  it('are all checkpoints, newest first, with the gap between those that border on it', () => {
    assert.equal(all.length, 721 + 361 + 1);
    assert.equal(all.length, countRows(vpg));
    const at = all.findIndex(({ kind }) => kind === 'gap');
    assert.equal(timeOf(all[at - 1]!), 130 * minute);
    assert.equal(timeOf(all[at + 1]!), 60 * minute);
  });

  it('are counted in words', () => {
    const none = { ...vpg, checkpoints: { ...vpg.checkpoints, count: 1 }, gaps: [] };
    assert.equal(describeCounts(vpg), '1,082 checkpoints, 1 gap');
    assert.equal(describeCounts(none), '1 checkpoint, 0 gaps');
  });

  it('are as many as asked for, whatever there is', () => {
    fc.assert(
      fc.property(fc.nat(2000), (limit) => {
        const rows = checkpointRows(vpg, limit);
        assert.deepEqual(rows, all.slice(0, limit));
      }),
      { numRuns: 30 },
    );
  });

  it('cost nothing for half a million checkpoints that nobody looks at', () => {
    const month = vpgSnapshot({
      gaps: [],
      checkpoints: {
        count: 518_400,
        oldest: 0,
        newest: 518_399 * 5000,
        runs: [{ from: 0, to: 518_399 * 5000, interval: 5000, count: 518_400, firstId: 1 }],
        tagged: [],
      },
    });
    assert.equal(checkpointRows(month, 100).length, 100);
    assert.equal(checkpointRows(month, 1)[0]?.kind, 'checkpoint');
  });

  it('carry the tag of a tagged checkpoint', () => {
    const tagged = all.filter((row) => row.kind === 'checkpoint' && row.tag !== undefined);
    assert.deepEqual(
      tagged.map((row) => row.kind === 'checkpoint' && row.id),
      [800],
    );
  });

  it('leave out a gap that lies before the oldest checkpoint', () => {
    const aged = vpgSnapshot({
      gaps: [{ from: -50 * minute, to: -20 * minute, cause: 'zvm-down' }, ...vpg.gaps],
    });
    assert.equal(checkpointRows(aged, Infinity).filter(({ kind }) => kind === 'gap').length, 1);
    assert.equal(countRows(aged), all.length);
  });

  it('are the gaps where no checkpoint is left', () => {
    const none = vpgSnapshot({ checkpoints: { count: 0, runs: [], tagged: [] } });
    assert.deepEqual(
      checkpointRows(none, Infinity).map(({ kind }) => kind),
      ['gap'],
    );
    assert.equal(countRows(none), 1);
  });

  it('show an open gap at the top', () => {
    const open = vpgSnapshot({ gaps: [{ from: 160 * minute, cause: 'zvm-down' }] });
    assert.equal(checkpointRows(open, 1)[0]?.kind, 'gap');
  });
});

describe('times in the tree', () => {
  it('are offsets from the drill’s start, with a minus before it', () => {
    assert.equal(formatOffset(7_800_000), '2:10:00');
    assert.equal(formatOffset(-5000), '−0:00:05');
  });

  it('are lengths in their two greatest units', () => {
    assert.equal(formatLength(4_200_000), '1 h 10 min');
    assert.equal(formatLength(0), '0 s');
  });
});
