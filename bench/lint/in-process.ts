/** Tidemark without a server around it: how the cost is shared out, and how it grows. */
import { lint } from '../../src/lint/run.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { parseDocument } from '../../src/topology/parse.ts';
import { generateTopology } from '../generate-topology.ts';
import { measuresOf, type Measures } from '../measures.ts';
import { tell } from '../report.ts';
import { BenchError } from '../suite.ts';

const uri = 'file:///bench/generated.dr.yaml';

/** Milliseconds of processor time. */
export interface Stages {
  readonly vms: number;
  readonly characters: number;
  /** From the text to its tree; a part of `load`. */
  readonly parse: Measures;
  /** From the text to the resolved topology. */
  readonly load: Measures;
  readonly lint: Measures;
}

export function stages(vms: number, runs: number): Stages {
  tell(`  ${vms} VMs in one process, ${runs} runs`);
  const text = generateTopology({ vms });
  const parsed: number[] = [];
  const loading: number[] = [];
  const linted: number[] = [];
  for (let round = -2; round < runs; round++) {
    const start = processorTime();
    parseDocument(text, uri);
    const begin = processorTime();
    const loaded = loadTopology(text, uri);
    const between = processorTime();
    const findings = lint(loaded);
    const end = processorTime();
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      throw new BenchError(`The generated topology is not clean: ${errors[0]?.message ?? ''}`);
    }
    if (round < 0) continue;
    parsed.push(begin - start);
    loading.push(between - begin);
    linted.push(end - between);
  }
  return {
    vms,
    characters: text.length,
    parse: measuresOf(parsed),
    load: measuresOf(loading),
    lint: measuresOf(linted),
  };
}

/** Milliseconds that all threads of this process have worked: waiting for a busy core is not in it. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
