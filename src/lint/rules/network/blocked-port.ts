import { within } from '../../../topology/document.ts';
import type { Place } from '../../../topology/document.ts';
import { appendItems, replaceValue } from '../../../topology/edit.ts';
import type { DocumentEdit } from '../../../topology/edit.ts';
import type { Flow, FlowPort } from '../../../topology/flows.ts';
import type { Topology } from '../../../topology/model.ts';
import { targetNicOf } from '../../../topology/reachability.ts';
import type { Fix, Rule } from '../../rule.ts';
import { failedFlowsOf } from './failed-flows.ts';
import { isMisrouted } from './misrouted.ts';
import { andMore, listed, listedPorts, sentence } from './wording.ts';

export const blockedPort: Rule = {
  name: 'network/blocked-port',
  title: 'A port that replication needs is blocked',
  severity: 'error',
  facts: ['NET-3'],
  check({ topology, report }) {
    for (const blocker of blockersOf(topology)) {
      const allow = within(blocker.place, 'allow');
      const allMissing = portsOf(
        [...blocker.needs.values()].flatMap(({ ports }) => [...ports.values()]),
      );
      for (const need of blocker.needs.values()) {
        const ports = portsOf([...need.ports.values()]);
        const numbers = ports.map(({ port }) => port);
        report({
          at: allow,
          message: `${sentence(blocker.label)} does not let ${parties(need)} on ${listedPorts(ports)}.`,
          fixes: allowFixes(
            allow,
            numbers,
            allMissing.map(({ port }) => port),
          ),
          related: [need.flow.from, need.flow.to].map(({ label, place }) => ({
            message: sentence(label),
            place,
          })),
        });
      }
    }
  },
};

interface Need {
  readonly flow: Flow;
  /** Pairs of components with the same need at the same blocker. */
  readonly pairs: Set<string>;
  readonly ports: Map<number, FlowPort>;
  bothWays: boolean;
}

interface Blocker {
  readonly place: Place;
  readonly label: string;
  readonly needs: Map<string, Need>;
}

/** Groups by what blocks and by which kinds of component of which sites it keeps apart. */
function blockersOf(topology: Topology): Iterable<Blocker> {
  const blockers = new Map<string, Blocker>();
  for (const { flow, stop } of failedFlowsOf(topology)) {
    const target = targetNicOf(flow.from, flow.to);
    if (target && isMisrouted(topology, flow.from, target)) continue;
    for (const block of [stop, ...(stop.behind ?? [])]) {
      if (block.reason !== 'firewall' && block.reason !== 'link-port') continue;
      const key = JSON.stringify(block.place.path);
      let blocker = blockers.get(key);
      if (!blocker) {
        blockers.set(
          key,
          (blocker = { place: block.place, label: block.by ?? block.message, needs: new Map() }),
        );
      }
      addNeed(blocker, flow);
    }
  }
  return blockers.values();
}

function addNeed({ needs }: Blocker, flow: Flow): void {
  const { kind, from, to, port, protocol, why } = flow;
  const there = `${kind} ${from.site.name} ${to.site.name}`;
  const back = `${kind} ${to.site.name} ${from.site.name}`;
  let need = needs.get(there) ?? needs.get(back);
  if (!need) {
    need = { flow, pairs: new Set(), ports: new Map(), bothWays: false };
    needs.set(there, need);
  } else if (from.site !== need.flow.from.site && from.site !== to.site) {
    need.bothWays = true;
  }
  need.pairs.add([from.label, to.label].sort().join('\n'));
  need.ports.set(port, { port, protocol, why });
}

function parties({ flow, pairs, bothWays }: Need): string {
  const more = andMore(flow.to.label, pairs.size);
  return bothWays
    ? `${flow.from.label} and ${more} reach each other`
    : `${flow.from.label} reach ${more}`;
}

function portsOf(ports: readonly FlowPort[]): readonly FlowPort[] {
  const byNumber = new Map(ports.map((each) => [each.port, each]));
  return [...byNumber.values()].sort((a, b) => a.port - b.port);
}

function allowFixes(allow: Place, own: readonly number[], all: readonly number[]): readonly Fix[] {
  const fixes: Fix[] = [fixFor(`Allow ${listed(own)} here`, allow, own)];
  if (all.length > own.length) {
    fixes.push(fixFor(`Allow all that is needed here: ${listed(all)}`, allow, all));
  }
  return fixes;
}

/** Opening a firewall is a decision, so the fix is never applied without a look. */
function fixFor(title: string, allow: Place, ports: readonly number[]): Fix {
  return { title, edits: appendPorts(allow, ports), safe: false };
}

function appendPorts({ document, path }: Place, ports: readonly number[]): readonly DocumentEdit[] {
  return document.has([...path, 0])
    ? appendItems(document, path, ports)
    : replaceValue(document, path, `[${ports.join(', ')}]`);
}
