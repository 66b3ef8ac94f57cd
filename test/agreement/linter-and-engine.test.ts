import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';
import type { Topology } from '../../src/topology/model.ts';
import { deployments } from './deployments.ts';
import { observe, waysBetweenZvms } from './observed.ts';
import { verdictsOf } from './verdicts.ts';
import type { FlowKind, Verdict } from './verdicts.ts';

const numRuns = 120;
/** Of so many runs at least this many have to come out either way; about a third does. */
const fewest = 12;

interface Judged {
  readonly topology: Topology;
  readonly verdicts: readonly Verdict[];
}

function judge(text: string, ...kinds: readonly FlowKind[]): Judged {
  const loaded = loadTopology(text, 'deployment.dr.yaml');
  assert.deepEqual(
    loaded.problems.map(({ message }) => message),
    [],
  );
  const { topology } = loaded;
  const verdicts = verdictsOf(lint(loaded), topology);
  return { topology, verdicts: verdicts.filter(({ kind }) => kinds.includes(kind)) };
}

function broken(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(({ says }) => says === 'broken');
}

function listed(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ finding }) => `${finding.rule}: ${finding.message}`).join('\n');
}

describe('the linter and the engine agree', () => {
  it('ZVM to ZVM: an error is reported exactly where a lab shows the flow failing', () => {
    const seen = { connected: 0, apart: 0 };
    fc.assert(
      fc.property(deployments, (text) => {
        const { topology, verdicts } = judge(text, 'zvm-zvm');
        const { connected } = observe(topology);
        const ways = waysBetweenZvms(topology);
        seen[connected ? 'connected' : 'apart'] += 1;

        assert.equal(
          connected,
          ways.some((way) => way !== 'none'),
          'a lab connects ZVMs as soon as one of them gets through',
        );
        if (!connected) assert.ok(verdicts.length > 0, 'not connected, and nothing is reported');
        if (verdicts.length === 0) {
          assert.deepEqual(ways, ['by-replication-nic', 'by-replication-nic'], 'nothing reported');
        }
        const certain = broken(verdicts);
        if (certain.length === 0 || !connected) return;
        // The lab is content with one of the two connections that the port list asks for, and with one
        // that leaves by the management NIC. So the single connections have to show what is wrong.
        const isMisrouted = certain.some(({ finding }) => finding.rule === 'zvm/missing-route');
        assert.ok(
          ways.includes('none') || (isMisrouted && ways.includes('by-another-nic')),
          `both ZVMs reach each other as they should, though\n${listed(certain)}`,
        );
      }),
      { numRuns },
    );
    assert.ok(Math.min(...Object.values(seen)) >= fewest, JSON.stringify(seen));
  });

  it('VRA to VRA: an error is reported exactly where a lab shows the VPG not replicating', () => {
    const seen = { replicating: 0, stuck: 0 };
    fc.assert(
      fc.property(deployments, (text) => {
        // A VRA replicates what its own ZVM tells it to, so that flow counts as well.
        const { topology, verdicts } = judge(text, 'vra-vra', 'zvm-vra');
        const { connected, replicating, checkpoints } = observe(topology);
        seen[replicating ? 'replicating' : 'stuck'] += 1;

        if (!replicating)
          assert.ok(verdicts.length > 0, 'not replicating, and nothing is reported');
        if (replicating) {
          assert.equal(listed(broken(verdicts)), '', 'it replicates in spite of these');
        }
        assert.equal(checkpoints, connected && replicating, 'checkpoints take both flows');
      }),
      { numRuns },
    );
    assert.ok(Math.min(...Object.values(seen)) >= fewest, JSON.stringify(seen));
  });
});
