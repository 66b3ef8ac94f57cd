import { contains, formatCidr, formatIpv4, networkOf } from '../../../topology/address.ts';
import { within } from '../../../topology/document.ts';
import { replaceValue } from '../../../topology/edit.ts';
import type { Route, Zvm, ZvmNic } from '../../../topology/model.ts';
import type { Fix, Rule } from '../../rule.ts';
import { knownGatewaysOf } from './peer-routes.ts';

export const routeGatewayOffLink: Rule = {
  name: 'zvm/route-gateway-off-link',
  title: "Route's gateway outside its NIC's range",
  severity: 'error',
  facts: ['NET-6'],
  check({ topology, report }) {
    for (const { zvm } of topology.sites.values()) {
      for (const route of zvm?.routes ?? []) {
        const nic = route.nic.target;
        if (!zvm || !nic) continue;
        const range = networkOf(nic.address);
        const isOwn = route.via === nic.address.address;
        if (contains(range, route.via) && !isOwn) continue;
        const via = formatIpv4(route.via);
        report({
          at: within(route.place, 'via'),
          message:
            `The route to ${formatCidr(route.to)} goes via ${via}, which ` +
            (isOwn
              ? `is NIC ${nic.name}'s own address`
              : `is outside the range ${formatCidr(range)} of NIC ${nic.name}, so the NIC cannot hand it a packet`) +
            `. Name the router of network ${nic.network.name}.`,
          fixes: [...nicFixes(zvm, route), ...gatewayFixes(zvm, route, nic)],
          related: [{ message: `NIC ${nic.name}`, place: within(nic.place, 'address') }],
        });
      }
    }
  },
};

/** The gateway may be right and the NIC wrong. */
function nicFixes(zvm: Zvm, route: Route): readonly Fix[] {
  const { document, path } = route.place;
  return [...zvm.nics.values()]
    .filter(
      ({ name, address }) =>
        name !== route.nic.name &&
        route.via !== address.address &&
        contains(networkOf(address), route.via),
    )
    .map(({ name }) => ({
      title: `Send it by NIC ${name}`,
      edits: replaceValue(document, [...path, 'nic'], name),
      safe: false,
    }));
}

function gatewayFixes(zvm: Zvm, route: Route, nic: ZvmNic): readonly Fix[] {
  const { document, path } = route.place;
  return knownGatewaysOf(zvm, nic)
    .slice(0, 1)
    .map((gateway) => ({
      title: `Change the gateway to ${formatIpv4(gateway)}`,
      edits: replaceValue(document, [...path, 'via'], formatIpv4(gateway)),
      safe: false,
    }));
}
