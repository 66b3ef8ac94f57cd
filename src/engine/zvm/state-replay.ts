/** Plays a state log back: from its records to the state that they left. */
import type { Alert, Operation } from '../api.ts';
import { Catalogue } from './catalogue.ts';
import { GapLog } from './gaps.ts';
import type { Deployment, StateRecord, VpgState, ZvmState } from './state.ts';

interface ReplayedVpg {
  readonly catalogue: Catalogue;
  readonly gaps: GapLog;
  paused: boolean;
  filled: boolean;
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
      vpg = { catalogue: new Catalogue(), gaps: new GapLog(), paused: false, filled: false };
      vpgs.set(name, vpg);
    }
    return vpg;
  };
  for (const [name, stored] of Object.entries(head.state.vpgs)) {
    const catalogue = new Catalogue();
    catalogue.restore(stored.runs, stored.tagged);
    const { paused, filled } = stored;
    vpgs.set(name, { catalogue, gaps: new GapLog(stored.gaps), paused, filled });
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
        vpgNamed(record.vpg).catalogue.tag(record.id, record.tag);
        break;
      case 'trim':
        vpgNamed(record.vpg).catalogue.trim(record.oldest);
        break;
      case 'catalogue':
        vpgNamed(record.vpg).catalogue.restore(record.runs, record.tagged);
        break;
      case 'gap':
        vpgNamed(record.vpg).gaps.put(record.gap);
        break;
      case 'vpg':
        vpgNamed(record.vpg).paused = record.paused;
        vpgNamed(record.vpg).filled = record.filled;
        break;
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
  for (const [name, { catalogue, gaps, paused, filled }] of vpgs) {
    const { runs, tagged } = catalogue;
    states[name] = { runs, tagged, gaps: gaps.closed, paused, filled };
  }
  return { deployment, vpgs: states, alerts, operations: [...operations.values()], alive };
}
