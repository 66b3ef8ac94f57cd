import { formatIpv4 } from '../../../topology/address.ts';
import type { InterfaceAddress } from '../../../topology/address.ts';
import { insertEntry } from '../../../topology/edit.ts';
import type { Host } from '../../../topology/model.ts';
import type { HostLoad } from '../../../topology/protection.ts';
import { listed } from '../../listed.ts';
import type { Fix, Rule } from '../../rule.ts';
import { formatInterfaceAddress, missingVras, planVraAddresses } from './address-plan.ts';
import type { VraTemplate } from './template.ts';

export const missingOnHost: Rule = {
  name: 'vra/missing-on-host',
  title: 'A host that runs or recovers protected VMs has no VRA',
  severity: 'error',
  facts: ['VRA-3', 'VRA-12'],
  check({ topology, report }) {
    const missing = missingVras(topology);
    if (missing.length === 0) return;
    const addresses = planVraAddresses(topology);
    for (const { load, template } of missing) {
      const address = addresses.get(load.host);
      report({
        at: load.host.place,
        on: 'key',
        message: message(load),
        fixes: template && address ? [addVra(load.host, template, address)] : [],
      });
    }
  },
};

function message({ host, sends, receives }: HostLoad): string {
  const protectedNames = [...new Set(sends.map(({ vm }) => vm.name))];
  const recoveredNames = [...new Set(receives.map(({ name }) => name))];
  const does = [
    ...(protectedNames.length > 0 ? [`runs ${listed(protectedNames)}`] : []),
    ...(recoveredNames.length > 0 ? [`recovers ${listed(recoveredNames)}`] : []),
  ].join(' and ');
  const consequence =
    protectedNames.length > 0
      ? 'no write there would be replicated'
      : 'nothing could be replicated to it';
  return (
    `${host.name} ${does} but has no VRA, so ${consequence}. ` +
    'Every host that runs or recovers protected VMs needs exactly one.'
  );
}

function addVra(host: Host, template: VraTemplate, address: InterfaceAddress): Fix {
  const { memory, datastore, network, gateway, folder } = template;
  const vra = {
    memory,
    datastore,
    network: network.name,
    address: formatInterfaceAddress(address),
    ...(gateway !== undefined && { gateway: formatIpv4(gateway) }),
    ...(folder !== undefined && { folder }),
  };
  return {
    title: `Add a VRA with the address ${formatIpv4(address.address)} to ${host.name}`,
    edits: insertEntry(host.place.document, host.place.path, 'vra', vra),
    safe: false,
  };
}
