import assert from 'node:assert/strict';
import { noExpectation } from '../../../src/lint/rules/drill/no-expectation.ts';
import { nothingAsked } from '../../../src/lint/rules/drill/nothing-asked.ts';
import { notSupported } from '../../../src/lint/rules/drill/not-supported.ts';
import { stepAfterEnd } from '../../../src/lint/rules/drill/step-after-end.ts';
import { undoesNothing } from '../../../src/lint/rules/drill/undoes-nothing.ts';
import { unknownAlert } from '../../../src/lint/rules/drill/unknown-alert.ts';
import { recoveryVerbs } from '../../../src/topology/model.ts';
import { expectFindings, expectFix, expectNothing } from '../testing.ts';
import { drill } from './lab.ts';

describe('drill/step-after-end', () => {
  it('finds a step after the end, and lets the drill run for longer', () => {
    const at = (time: string, duration: string): string =>
      drill({ steps: [`{ at: ${time}, powerOff: DR_Site/zvm }`], duration });
    expectFindings(stepAfterEnd, at('«2h5m»', '2h'), [
      'This step comes at 2h5m, but outage ends at 2h, so it is never done and the drill fails.',
    ]);
    expectFix(stepAfterEnd, at('«2h5m»', '2h'), at('2h5m', '2h10m'));
    expectNothing(stepAfterEnd, at('2h', '2h'));
  });
});

describe('drill/no-expectation', () => {
  const marked = (text: string): string => text.replace('  outage:', '  «outage»:');

  it('finds a drill that passes whatever happens', () => {
    expectFindings(noExpectation, marked(drill({ steps: ['{ at: 1h, powerOff: DR_Site/zvm }'] })), [
      /^outage expects nothing and asks nothing of a ZVM/,
    ]);
    expectFindings(noExpectation, marked(drill({ expect: '{ vpgs: { file-server: {} } }' })));
    expectFindings(noExpectation, marked(drill({ expect: '{ alerts: { raised: [] } }' })));
  });

  it('is content with any expectation, and with an operation, which has to succeed', () => {
    expectNothing(noExpectation, drill({ expect: '{ vpgs: { file-server: { noGaps: true } } }' }));
    expectNothing(
      noExpectation,
      drill({ expect: '{ vpgs: { file-server: { replicating: false } } }' }),
    );
    expectNothing(
      noExpectation,
      drill({ steps: ['{ at: 1m, failoverTest: { vpg: file-server } }'] }),
    );
    expectNothing(
      noExpectation,
      drill({ steps: ['{ at: 1m, expect: { alerts: { never: [ZVM0003] } } }'] }),
    );
  });

  it('is silent where an expectation could merely not be read', () => {
    expectNothing(noExpectation, drill({ expect: '{ vpgs: { file-server: { noGap: true } } }' }));
  });
});

describe('drill/nothing-asked', () => {
  it('finds the outcome of an operation where there is none', () => {
    const step = (expect: string): string =>
      drill({ steps: [`{ at: 1h, powerOff: DR_Site/zvm, expect: ${expect} }`] });
    expectFindings(nothingAsked, step('{ «result»: success, «contains»: [fonts] }'), [
      /^This step asks nothing of a ZVM, so it has no result\./,
      /so it has no contains\./,
    ]);
    expectFix(
      nothingAsked,
      step('{ «result»: success, alerts: { raised: [ZVM0003] } }'),
      step('{ alerts: { raised: [ZVM0003] } }'),
    );
    expectFindings(nothingAsked, drill({ expect: '{ «reason»: journal }' }), [
      /^The end of outage asks nothing/,
    ]);
  });

  it('is content with an operation', () => {
    for (const verb of [
      'failoverTest: { vpg: file-server }',
      'checkpoint: { vpg: file-server, tag: x }',
    ]) {
      expectNothing(
        nothingAsked,
        drill({ steps: [`{ at: 1h, ${verb}, expect: { result: success } }`] }),
      );
    }
  });
});

describe('drill/unknown-alert', () => {
  const raised = (id: string): string => drill({ expect: `{ alerts: { raised: [${id}] } }` });

  it('finds an alert that the product does not have, and its near miss', () => {
    expectFindings(unknownAlert, raised('«ZVM003»'), [
      'There is no alert ZVM003, so the drill fails. Did you mean ZVM0003 (no connection to a site)?',
    ]);
    expectFix(unknownAlert, raised('«zvm-3»'), raised('ZVM0003'));
    expectFindings(unknownAlert, raised('«OUTAGE»'), [/An alert is called like ZVM0003\.$/]);
    expectFindings(
      unknownAlert,
      drill({ steps: ['{ at: 1h, expect: { alerts: { never: [«VPG0001»] } } }'] }),
      [/so this holds whatever happens/],
    );
  });

  it('knows the alerts one by one, and some families by name', () => {
    for (const id of ['ZVM0003', 'VPG0009', 'VRA0061', 'LIC0022', 'STR0004', 'ZCC0007']) {
      expectNothing(unknownAlert, raised(id));
    }
  });
});

describe('drill/undoes-nothing', () => {
  const steps = (...all: string[]): string => drill({ steps: all });

  it('finds what was never off, cut, tested or paused', () => {
    const [finding] = expectFindings(
      undoesNothing,
      steps(
        '{ at: 1h, powerOn: «DR_Site/zvm» }',
        '{ at: 1h, heal: «mpls» }',
        '{ at: 1h, stopTest: «{ vpg: file-server }» }',
        '{ at: 1h, resume: «{ vpg: file-server }» }',
      ),
      [
        'Nothing switches DR_Site/zvm off before this step, so it changes nothing in outage.',
        /^Nothing cuts or degrades mpls/,
        /^No failover test of file-server is started/,
        /^Nothing pauses file-server/,
      ],
    );
    assert.equal(finding?.severity, 'hint');
  });

  it('goes by the time of the steps, not by their place in the file', () => {
    expectNothing(
      undoesNothing,
      steps('{ at: 2h, powerOn: DR_Site/zvm }', '{ at: 1h, powerOff: DR_Site/zvm }'),
    );
    expectFindings(
      undoesNothing,
      steps('{ at: 1h, powerOn: «DR_Site/zvm» }', '{ at: 2h, powerOff: DR_Site/zvm }'),
    );
  });

  it('is content where the whole site went off, or a part of it', () => {
    expectNothing(
      undoesNothing,
      steps('{ at: 1h, crash: DR_Site }', '{ at: 2h, powerOn: DR_Site/zvm }'),
    );
    expectNothing(
      undoesNothing,
      steps('{ at: 1h, powerOff: DR_Site/zvm }', '{ at: 2h, powerOn: DR_Site }'),
    );
  });
});

describe('drill/not-supported', () => {
  it('notes an alert that the engine does not do yet', () => {
    const [finding] = expectFindings(
      notSupported,
      drill({
        expect: '{ alerts: { raised: [«VRA0061»] } }',
      }),
      [/does not raise VRA0061 yet/],
    );
    assert.equal(finding?.severity, 'information');
  });

  it('notes an option that the engine would have to ignore', () => {
    expectFindings(
      notSupported,
      drill({ steps: ['{ at: 1h, move: { vpg: file-server, «keepSource»: false } }'] }),
      [/does not obey keepSource: false of move/],
    );
  });

  it('says nothing of what the engine does', () => {
    expectNothing(
      notSupported,
      drill({
        steps: [
          '{ at: 1h, failoverTest: { vpg: file-server, checkpoint: latest, vms: [FS01] } }',
          '{ at: 1h, move: { vpg: file-server, keepSource: true } }',
          '{ at: 1h, stopTest: { vpg: file-server } }',
          '{ at: 1h, pause: { vpg: file-server } }',
        ],
        expect: '{ alerts: { cleared: [ZVM0003] } }',
      }),
    );
  });

  it('says nothing of any recovery, by its VPG alone', () => {
    for (const verb of recoveryVerbs) {
      const path = verb === 'restoreFile' ? ', path: fonts' : '';
      const steps = [`{ at: 1h, ${verb}: { vpg: file-server${path} } }`];
      expectNothing(notSupported, drill({ steps }));
    }
  });
});
