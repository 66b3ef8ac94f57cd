/** Which of the flows that a deployment needs fail, asked once for all rules that tell why. */
import { flowsOf } from '../../../topology/flows.ts';
import type { Flow } from '../../../topology/flows.ts';
import type { Topology } from '../../../topology/model.ts';
import { reachabilityOf } from '../../../topology/reachability.ts';
import type { Stop } from '../../../topology/reachability.ts';

export interface FailedFlow {
  readonly flow: Flow;
  readonly stop: Stop;
}

const known = new WeakMap<Topology, readonly FailedFlow[]>();

/** One question a flow, each answered from the remembered ways between networks. */
export function failedFlowsOf(topology: Topology): readonly FailedFlow[] {
  let failed = known.get(topology);
  if (!failed) known.set(topology, (failed = findFailedFlows(topology)));
  return failed;
}

function findFailedFlows(topology: Topology): readonly FailedFlow[] {
  const { reach } = reachabilityOf(topology);
  const failed: FailedFlow[] = [];
  for (const flow of flowsOf(topology)) {
    const answer = reach(flow.from, flow.to, flow.port);
    if (!answer.ok) failed.push({ flow, stop: answer.stop });
  }
  return failed;
}
