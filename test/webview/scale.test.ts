import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clampView, pan, Scale, shortestView, ticks, zoom } from '../../webview/timeline/scale.ts';

const whole = { from: -3_600_000, to: 14_400_000 };

const views = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([a, b]) => {
    const span = whole.to - whole.from;
    return clampView(
      { from: whole.from + Math.min(a, b) * span, to: whole.from + Math.max(a, b) * span },
      whole,
    );
  });

describe('the timeline’s scale', () => {
  it('never leaves the whole, and never comes closer than the shortest view', () => {
    fc.assert(
      fc.property(
        views,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        (view, factor, share) => {
          for (const changed of [zoom(view, whole, factor, view.from), pan(view, whole, share)]) {
            assert.ok(changed.from >= whole.from - 1e-6 && changed.to <= whole.to + 1e-6);
            assert.ok(changed.to - changed.from >= shortestView - 1e-6);
          }
        },
      ),
    );
  });

  it('keeps the time under the pointer where it is while zooming inside', () => {
    const view = { from: 0, to: 7_200_000 };
    const anchor = 1_800_000;
    const closer = zoom(view, whole, 0.5, anchor);
    assert.equal(new Scale(closer, 800).x(anchor), new Scale(view, 800).x(anchor));
  });

  it('maps times to positions and back', () => {
    fc.assert(
      fc.property(views, fc.double({ min: 0, max: 800, noNaN: true }), (view, x) => {
        const scale = new Scale(view, 800);
        assert.ok(Math.abs(scale.x(scale.time(x)) - x) < 1e-3);
      }),
    );
  });

  it('labels round times with room between them, however far out', () => {
    fc.assert(
      fc.property(views, (view) => {
        const scale = new Scale(view, 800);
        const labelled = ticks(scale, 80);
        assert.ok(labelled.length <= 11);
        for (const [index, time] of labelled.entries()) {
          assert.equal(Math.abs(time % 1000), 0);
          const next = labelled[index + 1];
          if (next !== undefined) assert.ok(scale.x(next) - scale.x(time) >= 79.9);
        }
      }),
    );
  });

  it('shows only the part of a stretch that is in view', () => {
    const scale = new Scale({ from: 1000, to: 2000 }, 100);
    assert.deepEqual(scale.clip(0, 1500), { x: 0, width: 50 });
    assert.equal(scale.clip(2500, 3000), undefined);
  });
});
