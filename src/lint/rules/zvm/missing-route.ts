import { formatCidr, formatIpv4 } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import { appendItem, replaceValue } from '../../../topology/edit.ts';
import type { Route, Topology, Zvm, ZvmNic } from '../../../topology/model.ts';
import type { Departure } from '../../../topology/reachability.ts';
import type { Fix, Rule } from '../../rule.ts';
import { hasUnread } from '../network/unread.ts';
import { sentence } from '../network/wording.ts';
import { knownGatewaysOf, missingRoutesOf } from './peer-routes.ts';
import type { MissingRoute } from './peer-routes.ts';
import { unknownDestinationsOf } from './unknown-destinations.ts';

export const missingRoute: Rule = {
  name: 'zvm/missing-route',
  title: 'No route to a peer by the replication NIC',
  severity: 'error',
  facts: ['NET-6', 'NET-8'],
  check(context) {
    const { topology, report } = context;
    for (const { zvm } of topology.sites.values()) {
      if (!zvm) continue;
      const missing = missingRoutesOf(topology, zvm);
      if (missing.length === 0 || hasUnread(context, zvm.place)) continue;
      const routes = within(zvm.place, 'routes');
      for (const route of missing) {
        const written = writtenByMistake(topology, zvm, route);
        report({
          at: routes.document.has(routes.path) ? routes : zvm.place,
          on: 'key',
          // No port of Zerto's lists leads from a ZVM to the VRAs of another site.
          severity: route.holdsZvm ? 'error' : 'warning',
          message: describe(zvm, route, written),
          fixes: fixesFor(zvm, route, written),
          related: written
            ? [{ message: `This route may be meant`, place: within(written.place, 'to') }]
            : [{ message: `${sentence(route.who.label)} is there`, place: route.who.place }],
        });
      }
    }
  },
};

function describe(zvm: Zvm, route: MissingRoute, written: Route | undefined): string {
  const { network, who, address, instead, nic } = route;
  const range = formatCidr(network.cidr);
  const several = zvm.nics.size > 1;
  const what = `what is for ${who.label} (${formatIpv4(address)})`;
  const wrong = instead
    ? `sends ${what} by ${wayOf(instead, nic)}`
    : `has nothing that takes ${what}`;
  const [gateway] = knownGatewaysOf(zvm, nic);
  const help = written
    ? `Its route to ${formatCidr(written.to)} is probably meant for it.`
    : `Add a persistent route to ${range}${several ? ` by NIC ${nic.name}` : ''}` +
      (gateway === undefined
        ? `, by way of the router of network ${nic.network.name}.`
        : ` via ${formatIpv4(gateway)}.`);
  return `The ZVM of ${zvm.site.name} ${wrong}: it has no route to ${range}. ${help}`;
}

function wayOf(instead: Departure, replication: ZvmNic): string {
  const { by, nic } = instead;
  if (by === 'own-network') return `NIC ${nic.name}`;
  const via = formatIpv4(instead.via);
  if (nic.name === replication.name) {
    return `NIC ${nic.name} only as long as its default gateway ${via} is picked of several`;
  }
  const how = by === 'route' ? `a route via ${via}` : `its default gateway ${via}`;
  return `NIC ${nic.name} (${how}), not by its replication NIC ${replication.name}`;
}

function fixesFor(zvm: Zvm, route: MissingRoute, written: Route | undefined): readonly Fix[] {
  const { network, nic, instead } = route;
  const range = formatCidr(network.cidr);
  const { document } = zvm.place;
  if (written) {
    const edits = replaceValue(document, [...written.place.path, 'to'], range);
    return [{ title: `Change the route's destination to ${range}`, edits, safe: false }];
  }
  const [gateway, ...otherGateways] = knownGatewaysOf(zvm, nic);
  if (gateway === undefined) return [];
  const via = formatIpv4(gateway);
  if (instead?.by === 'route' && formatCidr(instead.route.to) === range) {
    // A second route to the same range would leave the choice to chance.
    const { path } = instead.route.place;
    const edits = [
      ...replaceValue(document, [...path, 'via'], via),
      ...replaceValue(document, [...path, 'nic'], nic.name),
    ];
    return [{ title: `Send ${range} by NIC ${nic.name} via ${via}`, edits, safe: false }];
  }
  const item = { to: range, via, nic: nic.name, persistent: true };
  const edits = appendItem(document, [...zvm.place.path, 'routes'], item);
  return [{ title: `Add a route to ${range} via ${via}`, edits, safe: otherGateways.length === 0 }];
}

/** A route that names no network of the file, and whose nearest one is the missing one. */
function writtenByMistake(topology: Topology, zvm: Zvm, missing: MissingRoute): Route | undefined {
  const range = formatCidr(missing.network.cidr);
  return unknownDestinationsOf(topology, zvm).find(
    ({ near }) => near !== undefined && formatCidr(near) === range,
  )?.route;
}
