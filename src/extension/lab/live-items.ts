/** What the tree shows of a running lab beside what its file declares. */
import type { LabSnapshot, VpgSnapshot } from '../../engine/api.ts';
import type { OutlineNode } from '../../language/protocol.ts';
import { formatLength } from '../checkpoint-rows.ts';
import { clockTime } from './clock-time.ts';
import { componentsOf, stateOf, type Component } from './components.ts';
import { phaseOf } from './vpg-phase.ts';

/** Milliseconds after which the length of an open gap is shown anew. */
const gapBeat = 5000;

export interface LiveItem {
  /** Takes the place of what the file says. */
  readonly description: string;
  readonly tooltip: readonly string[];
  /** Behind the kind in the item's context, for menus. */
  readonly context: string;
  readonly tint: 'ok' | 'warning' | 'error' | 'off';
  /** Of what stands below it; it is drawn anew when this changes. */
  readonly content?: string;
}

/** By the id of the node in the outline. */
export function liveItems(
  nodes: readonly OutlineNode[],
  snapshot: LabSnapshot,
): ReadonlyMap<string, LiveItem> {
  const items = new Map<string, LiveItem>();
  const descriptions = new Map(flat(nodes).map(({ id, description }) => [id, description]));
  for (const component of componentsOf(nodes)) {
    const declared = descriptions.get(component.id) ?? '';
    items.set(component.id, componentItem(component, declared, snapshot));
  }
  const byName = new Map(snapshot.vpgs.map((vpg) => [vpg.name, vpg]));
  for (const node of nodes.find(({ kind }) => kind === 'vpgs')?.children ?? []) {
    const vpg = byName.get(node.label);
    if (vpg) items.set(node.id, vpgItem(vpg, snapshot));
  }
  return items;
}

const words = { up: '', off: 'off', degraded: 'degraded', down: 'down' } as const;

function componentItem(component: Component, declared: string, snapshot: LabSnapshot): LiveItem {
  const state = stateOf(component, snapshot);
  const since = snapshot.outages.findLast(
    ({ component: name, to, kind }) =>
      name === component.name && to === undefined && kind !== 'snapshot',
  )?.from;
  const word = component.kind === 'link' && state === 'off' ? 'cut' : words[state];
  const when = since === undefined ? '' : ` since ${clockTime(since, snapshot.now)}`;
  const shown = state === 'up' ? [] : [`${word}${when}`];
  return {
    description: [...shown, declared].filter(Boolean).join(' · '),
    tooltip: [
      state === 'up' ? 'Running' : `It is ${word}${when}.`,
      ...ratesOf(component, snapshot),
    ],
    context: `lab;${state}`,
    tint: state === 'up' ? 'ok' : state === 'degraded' ? 'warning' : 'off',
  };
}

function ratesOf({ kind, name }: Component, { sites }: LabSnapshot): string[] {
  if (kind === 'zvm') {
    const peers = sites.find((site) => `${site.name}/zvm` === name)?.connectedTo ?? [];
    return [peers.length === 0 ? 'Talks to no other ZVM' : `Talks to ${peers.join(', ')}`];
  }
  return [];
}

function vpgItem(vpg: VpgSnapshot, snapshot: LabSnapshot): LiveItem {
  const { status, subStatus, health, testing, rpo, checkpoints } = vpg;
  const sub = subStatus === 'None' ? '' : ` (${subStatus})`;
  const measured = rpo === undefined ? 'RPO not measured' : `RPO ${shortly(rpo)}`;
  return {
    description: [status + sub, measured, testing ? 'testing' : ''].filter(Boolean).join(' · '),
    tooltip: [
      `${vpg.from} → ${vpg.to}, health ${health}`,
      vpg.replicating ? 'Replicating' : 'Not replicating',
      `${checkpoints.count.toLocaleString('en')} checkpoints`,
      `Journal history of ${formatLength(vpg.configuredHistory)}`,
    ],
    context: `lab;${phaseOf(vpg, snapshot)}`,
    tint: health,
    content: `${String(checkpoints.newest)} ${String(checkpoints.oldest)} ${String(checkpoints.tagged.length)} ${openGap(vpg, snapshot.now)}`,
  };
}

/** How long one that is open has lasted, in steps that can be followed. */
function openGap({ gaps }: VpgSnapshot, now: number): string {
  const open = gaps.find(({ to }) => to === undefined);
  return open ? String(Math.floor((now - open.from) / gapBeat)) : String(gaps.length);
}

/** Figures that change with every look make a tree that nobody can read. */
export function shortly(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return 'below 10 s';
  return formatLength(
    (seconds < 60 ? Math.round(seconds / 5) * 5 : Math.round(seconds / 10) * 10) * 1000,
  );
}

function flat(nodes: readonly OutlineNode[]): OutlineNode[] {
  return nodes.flatMap((node) => [node, ...flat(node.children)]);
}
