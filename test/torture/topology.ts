/** The topology of a scenario: text as an engineer would write it, with limits that are soon reached. */
import assert from 'node:assert/strict';
import { vraOwnMemory } from '../../src/topology/limits.ts';
import { loadTopology } from '../../src/topology/load.ts';
import type { Topology } from '../../src/topology/model.ts';
import { annexOf, datastores, wanOf } from './scenario.ts';
import type { Scenario, ScenarioSite } from './scenario.ts';

export function topologyOf(scenario: Scenario): Topology {
  const { topology, problems } = loadTopology(textOf(scenario), 'torture.dr.yaml');
  assert.deepEqual(
    problems.map((problem) => problem.message),
    [],
  );
  // A history of half a minute, or a buffer of a few blocks, is nothing that a file may ask for.
  for (const { name, hosts } of scenario.sites) {
    for (const { name: host, pool } of hosts) {
      const vra = topology.sites.get(name)?.hosts.get(host)?.vra;
      if (vra) Object.assign(vra, { memory: vraOwnMemory + pool });
    }
  }
  for (const { name, history, hardLimit, scratchLimit } of scenario.vpgs) {
    const vpg = topology.vpgs.get(name);
    if (!vpg) continue;
    Object.assign(vpg.journal, { history, hardLimit, warning: undefined });
    Object.assign(vpg.scratch, { hardLimit: scratchLimit });
  }
  return topology;
}

function textOf(scenario: Scenario): string {
  const { sites, wan, vpgs } = scenario;
  const links: string[] = [];
  for (const [index, { name, hosts }] of sites.entries()) {
    for (const other of sites.slice(index + 1)) {
      links.push(
        `  ${wanOf(name, other.name)}: { joins: [${name}/lan, ${other.name}/lan], ` +
          `bandwidth: ${wan.bandwidth * 8}bit/s, latency: ${wan.latency}ms }`,
      );
    }
    for (const host of hosts) {
      if (host.annex === 0) continue;
      links.push(
        `  ${annexOf(name, host.name)}: { joins: [${name}/lan, ${name}/${host.name}], ` +
          `bandwidth: 1Gbit/s, latency: ${host.annex}ms }`,
      );
    }
  }
  const pairings = sites.flatMap(({ name }, index) =>
    sites.slice(index + 1).map((other) => `  - [${name}, ${other.name}]`),
  );
  const groups = vpgs.map(
    ({ name, from, to, vms, compression }) => `  ${name}:
    from: ${from}
    to: ${to}
    compression: ${compression}
    vms:
${vms
  .map(
    ({ vm, recoveryHost }) =>
      `      ${vm}: { recoveryHost: ${recoveryHost}, datastore: ${datastores.recovery} }`,
  )
  .join('\n')}
    journal: { history: 1h, datastore: ${datastores.recovery} }`,
  );
  return `version: 1
name: Torture
sites:
${sites.map((site, index) => siteText(scenario, site, index + 1)).join('\n')}
links:
${links.join('\n')}
pairings:
${pairings.join('\n')}
vpgs:
${groups.join('\n')}
`;
}

function siteText(scenario: Scenario, { name, hosts }: ScenarioSite, number: number): string {
  const net = `10.${number}`;
  const annexes = hosts.flatMap(({ name: host, annex }, index) =>
    annex > 0 ? [`      ${host}: { cidr: ${net}.${index + 2}.0/24 }`] : [],
  );
  // What may not pass within the site goes over the host's own link, and takes its time.
  const far = hosts.flatMap(({ name: host, annex }) => (annex > 0 ? [host] : []));
  const walls = far.flatMap((host, index) =>
    ['lan', ...far.slice(0, index)].map(
      (other) => `      - { between: [${other}, ${host}], allow: [443] }`,
    ),
  );
  const vras = hosts.map(({ name: host, annex }, index) => {
    const third = annex > 0 ? index + 2 : 1;
    const address = `${net}.${third}.${20 + index}`;
    return `      ${host}:
        version: "6.7"
        vra: { memory: 1GiB, datastore: ${datastores.production}, network: ${
          annex > 0 ? host : 'lan'
        }, address: ${address}/24, gateway: ${net}.${third}.1 }`;
  });
  const vms = scenario.vms
    .filter((vm) => vm.site === name)
    .map(
      (vm) => `      ${vm.name}:
        host: ${vm.host}
        changeRate: ${scenario.rest?.change[vm.name] ?? 0}B/s
        disks:
${vm.disks
  .map((size, index) => `          d${index}: { size: ${size}B, datastore: production }`)
  .join('\n')}`,
    );
  return `  ${name}:
    platform: vsphere
    networks:
      lan: { cidr: ${net}.1.0/24 }
${annexes.join('\n')}
${walls.length > 0 ? `    firewalls:\n${walls.join('\n')}\n` : ''}    zvm:
      license: true
      nics:
        lan: { network: lan, address: ${net}.1.10/24, gateway: ${net}.1.1 }
    datastores:
      ${datastores.production}: { capacity: 2TiB, free: 1TiB }
      ${datastores.recovery}: { capacity: 2TiB, free: 1TiB }
    hosts:
${vras.join('\n')}
${vms.length > 0 ? `    vms:\n${vms.join('\n')}` : ''}`;
}
