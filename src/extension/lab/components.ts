/** The components and links of a topology, as an engine calls them and as the tree does. */
import type { LabSnapshot } from '../../engine/api.ts';
import type { OutlineNode } from '../../language/protocol.ts';

export interface Component {
  readonly kind: 'site' | 'zvm' | 'host' | 'vra' | 'link';
  /** `Site`, `Site/zvm`, `Site/host`, `Site/host/vra`, or a link's name. */
  readonly name: string;
  /** Of its node in the outline. */
  readonly id: string;
}

/** All of them, in the order of the file. */
export function componentsOf(nodes: readonly OutlineNode[]): Component[] {
  return nodes.flatMap((node) => within(node, ''));
}

function within(node: OutlineNode, site: string): Component[] {
  const { kind, id, label, children } = node;
  const below = (name: string): Component[] => children.flatMap((child) => within(child, name));
  switch (kind) {
    case 'site':
      return [{ kind, id, name: label }, ...below(label)];
    case 'zvm':
      return [{ kind, id, name: `${site}/zvm` }];
    case 'host':
      return [{ kind, id, name: `${site}/${label}` }, ...below(`${site}/${label}`)];
    case 'vra':
      return [{ kind, id, name: `${site}/vra` }];
    case 'link':
      return [{ kind, id, name: label }];
    case 'sites':
    case 'hosts':
    case 'links':
      return below(site);
    default:
      return [];
  }
}

/**
 * - `up`: it runs
 * - `off`: it was switched off, has crashed or was cut, and can be brought back
 * - `degraded`: a link that is worse than it was declared
 * - `down`: it stands on something that is off
 */
export type ComponentState = 'up' | 'off' | 'degraded' | 'down';

export function stateOf({ kind, name }: Component, snapshot: LabSnapshot): ComponentState {
  for (const outage of snapshot.outages) {
    if (outage.component !== name || outage.to !== undefined) continue;
    if (outage.kind === 'degraded') return 'degraded';
    if (outage.kind !== 'snapshot') return 'off';
  }
  if (kind === 'link' || kind === 'site') return 'up';
  const [siteName = ''] = name.split('/');
  const isOff = (other: string): boolean =>
    snapshot.outages.some(
      ({ component, kind: how, to }) =>
        component === other && to === undefined && how !== 'snapshot',
    );
  if (isOff(siteName)) return 'down';
  if (kind === 'zvm') {
    return snapshot.sites.find((site) => site.name === siteName)?.zvmUp === false ? 'down' : 'up';
  }
  if (kind === 'vra') {
    const vras = snapshot.sites.flatMap(({ vras }) => vras);
    return vras.find((vra) => `${vra.name}/vra` === name)?.up === false ? 'down' : 'up';
  }
  return 'up';
}
