import assert from 'node:assert/strict';
import { rowsOf, summaryOf } from '../../webview/timeline/rows.ts';
import { timelineFixture, vpgSnapshot } from './timeline-fixture.ts';

const minute = 60_000;

describe('the timeline’s rows', () => {
  const rows = rowsOf(timelineFixture());

  it('have a row for each VPG, each component that failed and each alert', () => {
    assert.deepEqual(
      rows.map(({ kind, name }) => `${kind} ${name}`),
      ['vpg file-server', 'component Prod_Site/zvm', 'component mpls', 'alert ZVM0003'],
    );
  });

  it('say of a gap how long it was, from when to when, and why', () => {
    const gap = rows[0]?.marks.find(({ kind }) => kind === 'gap');
    assert.equal(gap?.label, 'ZVM down · 1 h 10 min');
    assert.equal(
      gap.text,
      'Gap of 1 h 10 min: no checkpoints from 1:00:00 to 2:10:00. Cause: ZVM down.',
    );
  });

  it('draw what has not ended up to the end, and say so', () => {
    const cut = rows.find(({ name }) => name === 'mpls')?.marks[0];
    assert.equal(cut?.to, 160 * minute);
    assert.match(cut.text, /to the end/);
    const open = vpgSnapshot({ gaps: [{ from: 150 * minute, cause: 'link-down' }] });
    const gap = rowsOf(timelineFixture(open))[0]?.marks.find(({ kind }) => kind === 'gap');
    assert.match(gap?.text ?? '', /still open/);
  });

  it('show before the oldest checkpoint what has aged out of the journal', () => {
    const aged = vpgSnapshot({
      checkpoints: { ...vpgSnapshot().checkpoints, oldest: 100 * minute },
    });
    const mark = rowsOf(timelineFixture(aged))[0]?.marks.find(({ kind }) => kind === 'aged-out');
    assert.deepEqual([mark?.from, mark?.to], [0, 100 * minute]);
    assert.equal(
      rows[0]?.marks.some(({ kind }) => kind === 'aged-out'),
      false,
    );
  });

  it('tell a refused operation from one that was done, with its reason', () => {
    const marks = rows[0]?.marks ?? [];
    assert.match(
      marks.find(({ kind }) => kind === 'operation')?.text ?? '',
      /checkpoint of 1:00:00/,
    );
    assert.match(marks.find(({ kind }) => kind === 'refused')?.text ?? '', /At least one ZVM/);
  });

  it('say “not measured” where there is no RPO, never 0', () => {
    const unmeasured = vpgSnapshot({ rpo: undefined });
    assert.match(summaryOf(timelineFixture(unmeasured))[0] ?? '', /RPO not measured/);
  });
});
