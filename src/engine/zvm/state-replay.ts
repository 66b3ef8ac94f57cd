/** Plays a state log back: from its records to the state that they left. */
import type { Alert, Operation } from '../api.ts';
import { Catalogue } from './catalogue.ts';
import { GapLog } from './gaps.ts';
import type { Deployment, StateRecord, VpgMarks, VpgState, ZvmState } from './state.ts';

interface ReplayedVpg {
  catalogue: Catalogue;
  gaps: GapLog;
  marks: VpgMarks;
}

function fresh(): ReplayedVpg {
  const marks = { paused: false, filled: false };
  return { catalogue: new Catalogue(), gaps: new GapLog(), marks };
}

/** Undefined where the log does not begin with a whole state. */
export function rememberState(records: readonly StateRecord[]): ZvmState | undefined {
  const [head, ...rest] = records;
  if (head?.kind !== 'state') return undefined;
  let deployment: Deployment = head.state.deployment;
  let { alive } = head.state;
  const alerts: Alert[] = [...head.state.alerts];
  const operations = new Map<string, Operation>();
  for (const operation of head.state.operations) operations.set(operation.id, operation);
  const vpgs = new Map<string, ReplayedVpg>();
  const vpgNamed = (name: string): ReplayedVpg => {
    let vpg = vpgs.get(name);
    if (!vpg) {
      vpg = fresh();
      vpgs.set(name, vpg);
    }
    return vpg;
  };
  for (const [name, stored] of Object.entries(head.state.vpgs)) {
    const catalogue = new Catalogue();
    catalogue.restore(stored.runs, stored.tagged);
    vpgs.set(name, { catalogue, gaps: new GapLog(stored.gaps), marks: marksOf(stored) });
  }
  for (const record of rest) {
    switch (record.kind) {
      case 'state':
        break;
      case 'deployment':
        deployment = record.deployment;
        break;
      case 'checkpoint':
        vpgNamed(record.vpg).catalogue.add(record.id, record.time, record.tag);
        break;
      case 'tag':
        vpgNamed(record.vpg).catalogue.tag(record.id, record.tag, record.application);
        break;
      case 'trim':
        vpgNamed(record.vpg).catalogue.trim(record.oldest);
        break;
      case 'catalogue':
        vpgNamed(record.vpg).catalogue.restore(record.runs, record.tagged);
        break;
      case 'lost': {
        const vpg = vpgNamed(record.vpg);
        vpg.catalogue.withdraw(record.lost);
        vpg.gaps.lost(record.from, record.to);
        vpg.marks = { ...vpg.marks, lost: record.lost };
        break;
      }
      case 'gap':
        vpgNamed(record.vpg).gaps.put(record.gap);
        break;
      case 'vpg':
        vpgNamed(record.vpg).marks = marksOf(record);
        break;
      case 'turned': {
        const { marks } = vpgNamed(record.vpg);
        vpgs.set(record.vpg, { ...fresh(), marks });
        break;
      }
      case 'alert':
        alerts[record.index] = record.alert;
        break;
      case 'operation':
        operations.set(record.operation.id, record.operation);
        break;
      case 'alive':
        alive = record.at;
        break;
    }
  }
  const states: Record<string, VpgState> = {};
  for (const [name, { catalogue, gaps, marks }] of vpgs) {
    const { runs, tagged } = catalogue;
    states[name] = { runs, tagged, gaps: gaps.closed, ...marks };
  }
  return { deployment, vpgs: states, alerts, operations: [...operations.values()], alive };
}

function marksOf({
  paused,
  pauseVersion,
  filled,
  since,
  testedAt,
  life,
  lost,
  toStart,
}: VpgMarks): VpgMarks {
  return {
    paused,
    ...(pauseVersion !== undefined && { pauseVersion }),
    filled,
    ...(since !== undefined && { since }),
    ...(testedAt !== undefined && { testedAt }),
    ...(life !== undefined && { life }),
    ...(toStart !== undefined && { toStart }),
    ...(lost !== undefined && { lost }),
  };
}
