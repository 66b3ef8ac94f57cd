import assert from 'node:assert/strict';
import { timeOutside } from '../../../src/lint/rules/drill/time-outside.ts';
import { unknownMarker } from '../../../src/lint/rules/drill/unknown-marker.ts';
import { unknownTag } from '../../../src/lint/rules/drill/unknown-tag.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';
import { drill } from './lab.ts';

const vpg = (expected: string): string => `{ vpgs: { file-server: ${expected} } }`;

describe('drill/time-outside', () => {
  it('finds gaps that end after the drill, begin before it, or end before they begin', () => {
    const gap = (times: string, warmUp?: string): string =>
      drill({ expect: vpg(`{ gaps: [{ ${times} }] }`), ...(warmUp && { warmUp }) });
    expectFindings(timeOutside, gap('from: 1h, to: «5h»'), [
      'The gap is to end at 5h, but outage ends at 4h.',
    ]);
    expectFindings(timeOutside, gap('from: «-1h», to: 1h'), [
      /outage begins at 0, without a warm-up/,
    ]);
    expectFindings(timeOutside, gap('from: «-2h», to: 1h', '1h'), [
      /the warm-up of outage begins at -1h/,
    ]);
    expectFindings(timeOutside, gap('from: 2h, to: «1h»'), [
      /which is not after its beginning at 2h/,
    ]);
    expectNothing(timeOutside, gap('from: 1h, to: 4h'));
    expectNothing(timeOutside, gap('from: -30m, to: 1h', '1h'));
    expectNothing(timeOutside, gap('from: 3h'));
  });

  it('finds what a step expects of a later time', () => {
    const step = (expected: string): string =>
      drill({ steps: [`{ at: 1h, expect: ${vpg(expected)} }`] });
    expectFindings(timeOutside, step('{ gaps: [{ from: «90m» }] }'), [
      'The gap is to begin at 1h30m, but this is expected at 1h, before it.',
    ]);
    expectFindings(timeOutside, step('{ checkpoints: { newest: «2h» } }'), [
      /^The newest checkpoint is to be at 2h/,
    ]);
    expectFindings(timeOutside, step('{ checkpoints: { oldest: { at: «-1m», within: 5s } } }'));
    expectNothing(timeOutside, step('{ checkpoints: { oldest: 0, newest: 1h } }'));
  });

  it('finds more history than there can be, and the warm-up that would do', () => {
    const history = (least: string, warmUp?: string): string =>
      drill({
        steps: [`{ at: 1h, expect: ${vpg(`{ history: { atLeast: ${least} } }`)} }`],
        ...(warmUp && { warmUp }),
      });
    expectFindings(timeOutside, history('«3h»'), [
      /is filled for 1h by then\. warmUp: 2h would fill it before\.$/,
    ]);
    expectFindings(timeOutside, history('«3h1m»', '2h'), [/with the warm-up of 2h/]);
    expectNothing(timeOutside, history('3h', '2h'));
    expectNothing(timeOutside, history('59m'));
  });

  it('finds gaps beside noGaps', () => {
    expectFix(
      timeOutside,
      drill({ expect: vpg('{ gaps: [{ from: 1h }], noGaps: «true» }') }),
      drill({ expect: vpg('{ gaps: [{ from: 1h }] }') }),
    );
    expectNothing(timeOutside, drill({ expect: vpg('{ gaps: [], noGaps: true }') }));
  });
});

describe('drill/unknown-marker', () => {
  const steps = (expect: string, written = 'fonts', at = '1h'): string =>
    drill({
      steps: [
        `{ at: 2h, failoverTest: { vpg: file-server }, expect: ${expect} }`,
        `{ at: ${at}, write: { vm: FS01, size: 1MiB, name: ${written} } }`,
      ],
    });

  it('finds a marker that nothing writes, with the near miss', () => {
    expectFindings(unknownMarker, steps('{ contains: [«font»] }'), [
      'No write of outage is called font, so no image can contain it. Did you mean fonts?',
    ]);
    const [finding] = expectFindings(unknownMarker, steps('{ missing: [«font»] }'), [
      /so the drill fails/,
    ]);
    assert.equal(finding?.severity, 'error');
    expectFix(unknownMarker, steps('{ contains: [«font»] }'), steps('{ contains: [fonts] }'));
  });

  it('finds a marker that is only written later', () => {
    expectFindings(unknownMarker, steps('{ contains: [«fonts»] }', 'fonts', '3h'), [
      'fonts is written at 3h, after this step, so no image can contain it.',
    ]);
    const [finding] = expectFindings(
      unknownMarker,
      steps('{ missing: [«fonts»] }', 'fonts', '3h'),
      [/which proves nothing/],
    );
    assert.equal(finding?.severity, 'hint');
  });

  it('goes by the time of the steps', () => {
    expectNothing(unknownMarker, steps('{ contains: [fonts], missing: [fonts] }'));
  });
});

describe('drill/unknown-tag', () => {
  const steps = (choice: string, tag = 'before-upgrade', of = 'file-server'): string =>
    drill({
      steps: [
        `{ at: 1h, checkpoint: { vpg: ${of}, tag: ${tag} } }`,
        `{ at: 2h, failoverTest: { vpg: file-server, checkpoint: ${choice} } }`,
      ],
    });

  it('finds a tag that no step gives, with the near miss', () => {
    expectFindings(unknownTag, steps('«before-upgrad»'), [
      'No earlier step of outage gives a checkpoint of file-server the tag before-upgrad. Did you mean before-upgrade?',
    ]);
    expectFix(unknownTag, steps('{ tag: «before-upgrad» }'), steps('{ tag: before-upgrade }'));
    expectFix(unknownTag, steps('«lastest»'), steps('latest'));
  });

  it('is content with a tag of the VPG, with a time, and with a tested checkpoint', () => {
    expectNothing(unknownTag, steps('before-upgrade'));
    expectNothing(unknownTag, steps('1h'));
    expectNothing(unknownTag, steps('"Tested at 10:00"'));
    expectFindings(unknownTag, steps('«before-upgrade»', 'before-upgrade', 'other'));
  });
});
