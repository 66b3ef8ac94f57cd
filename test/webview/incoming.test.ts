import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readMessage } from '../../webview/timeline/incoming.ts';
import { fromTimeline } from '../../webview/timeline/protocol.ts';
import { timelineFixture } from './timeline-fixture.ts';

const show = {
  type: 'show',
  state: { uri: 'file:///lab.dr.yaml', drill: 'd', seed: 1 },
  content: {
    title: 't',
    subtitle: 's',
    verdict: 'passed',
    failures: [],
    timeline: timelineFixture(),
  },
};

describe('messages between the window and the timeline', () => {
  it('are taken where they have the shape', () => {
    assert.deepEqual(readMessage(show), show);
    assert.deepEqual(readMessage({ type: 'failed', message: 'no' }), {
      type: 'failed',
      message: 'no',
    });
  });

  it('are dropped where a part that drawing relies on is missing', () => {
    const { timeline, ...rest } = show.content;
    assert.equal(readMessage({ ...show, content: rest }), undefined);
    const { snapshot, ...times } = timeline;
    assert.ok(snapshot);
    assert.equal(readMessage({ ...show, content: { ...rest, timeline: times } }), undefined);
  });

  it('never throw, whatever arrives at either end', () => {
    fc.assert(
      fc.property(fc.anything(), (data) => {
        assert.equal(readMessage(data), undefined);
        assert.equal(fromTimeline.safeParse(data).success, false);
      }),
    );
  });
});
