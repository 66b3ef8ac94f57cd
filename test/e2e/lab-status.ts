/** What `tidemark status` prints as JSON, as far as these tests look at it. */
import assert from 'node:assert/strict';
import { until, type LabFolder } from './engine-process.ts';

export interface Status {
  readonly engine: { readonly pid: number };
  readonly vpgs: readonly {
    readonly status: string;
    readonly subStatus: string;
    readonly replicating: boolean;
    readonly testing: boolean;
    readonly checkpoints: { readonly count: number };
  }[];
  readonly sites: readonly { readonly name: string; readonly zvmUp: boolean }[];
  readonly outages: readonly { readonly component: string; readonly kind: string }[];
}

export function statusOf(lab: LabFolder): Status {
  return lab.json('status') as Status;
}

/** Its only VPG. */
export function vpgOf(lab: LabFolder): Status['vpgs'][number] {
  const [first] = statusOf(lab).vpgs;
  assert.ok(first);
  return first;
}

/** Waits until the VPG has a checkpoint and nothing is going on. */
export async function inSync(lab: LabFolder): Promise<void> {
  await until(() => {
    const { replicating, subStatus, checkpoints } = vpgOf(lab);
    return replicating && subStatus === 'None' && checkpoints.count > 0;
  }, 'a VPG in sync');
}
