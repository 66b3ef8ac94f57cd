/**
 * Topologies of any size, as a large shop would write them: two sites, hosts of ten VMs with a VRA
 * each, applications of ten VMs that are spread over the hosts and protected by one VPG each, and a
 * drill for every VPG. They are clean: the linter has no error and no warning for them.
 *
 * Nothing is random, so the same number of VMs is the same text on every machine and every day.
 */

/** Name of the drill of a generated topology in which nothing goes wrong, for `hours` hours. */
export const quietDrill = 'hours-without-faults';

export interface GenerateOptions {
  /** How many protected VMs there are, 1 to {@link mostVms}. */
  readonly vms: number;
  /** How long the drill without faults lasts, in hours. 24 unless given. */
  readonly hours?: number;
}

/** The 256 ranges of 200 addresses each that one octet gives the VMs; far past what a file may hold. */
export const mostVms = 51_200;

const vmsPerHost = 10;
const vmsPerVpg = 10;
const vmsPerVlan = 200;
const hostsPerDatastore = 4;

const applications = [
  'erp',
  'crm',
  'mail',
  'files',
  'shop',
  'billing',
  'payroll',
  'build',
  'reports',
  'portal',
];
/** The boot group is what a machine waits for: databases first, front ends last. */
const roles = [
  { name: 'db1', bootGroup: 1, changeRate: '2MiB/s', data: '400GiB' },
  { name: 'db2', bootGroup: 1, changeRate: '1MiB/s', data: '400GiB' },
  { name: 'queue', bootGroup: 1, changeRate: '512KiB/s', data: '80GiB' },
  { name: 'cache', bootGroup: 1, changeRate: '256KiB/s', data: '40GiB' },
  { name: 'app1', bootGroup: 2, changeRate: '256KiB/s', data: '60GiB' },
  { name: 'app2', bootGroup: 2, changeRate: '256KiB/s', data: '60GiB' },
  { name: 'app3', bootGroup: 2, changeRate: '128KiB/s', data: '60GiB' },
  { name: 'app4', bootGroup: 2, changeRate: '128KiB/s', data: '60GiB' },
  { name: 'web1', bootGroup: 3, changeRate: '64KiB/s', data: '20GiB' },
  { name: 'web2', bootGroup: 3, changeRate: '64KiB/s', data: '20GiB' },
] as const;

interface SitePlan {
  readonly name: string;
  readonly prefix: 'p' | 'd';
  /** Second octet of the management network, 10.x.0.0/16. */
  readonly management: number;
  /** Second octet of the replication network, 172.x.0.0/16. */
  readonly replication: number;
  /** Second octet of the VMs' networks, 10.x.VLAN.0/24. */
  readonly vlans: number;
}

const protectedSite: SitePlan = {
  name: 'Prod_Site',
  prefix: 'p',
  management: 1,
  replication: 16,
  vlans: 64,
};
const recoverySite: SitePlan = {
  name: 'DR_Site',
  prefix: 'd',
  management: 2,
  replication: 17,
  vlans: 128,
};

/** The text of a topology file. @throws RangeError where that many VMs cannot be had. */
export function generateTopology({ vms, hours = 24 }: GenerateOptions): string {
  if (!Number.isInteger(vms) || vms < 1 || vms > mostVms) {
    throw new RangeError(`A topology of ${vms} VMs cannot be generated: 1 to ${mostVms} can.`);
  }
  if (!Number.isInteger(hours) || hours < 1) {
    throw new RangeError(
      `A drill of ${hours} hours cannot be generated: it lasts whole hours, one at least.`,
    );
  }
  const lines = [
    '# Generated for measurements: see bench/README.md.',
    'version: 1',
    `name: ${vms} VMs in two sites`,
    '',
    'sites:',
  ];
  writeSite(lines, protectedSite, recoverySite, vms);
  writeVms(lines, vms);
  lines.push('');
  writeSite(lines, recoverySite, protectedSite, vms);
  lines.push(
    '',
    'links:',
    '  mpls:',
    `    joins: [${protectedSite.name}/replication, ${recoverySite.name}/replication]`,
    // Twice what the VMs write on average before compression, so that a resync has room as well.
    `    bandwidth: ${Math.max(100, vms * 8)}Mbit/s`,
    '    latency: 12ms',
    '',
    'pairings:',
    `  - [${protectedSite.name}, ${recoverySite.name}]`,
    '',
    'vpgs:',
  );
  writeVpgs(lines, vms);
  lines.push('', 'drills:');
  writeDrills(lines, vms, hours);
  return `${lines.join('\n')}\n`;
}

function writeSite(lines: string[], site: SitePlan, peer: SitePlan, vms: number): void {
  const management = `10.${site.management}`;
  const replication = `172.${site.replication}`;
  const hosts = Math.ceil(vms / vmsPerHost);
  lines.push(
    `  ${site.name}:`,
    '    platform: vsphere',
    '    networks:',
    `      management: { cidr: ${management}.0.0/16 }`,
    `      replication: { cidr: ${replication}.0.0/16 }`,
  );
  for (let vlan = 0; vlan < Math.ceil(vms / vmsPerVlan); vlan++) {
    const cidr = `10.${site.vlans}.${vlan}.0/24`;
    lines.push(`      vlan-${number(vlan)}: { cidr: ${cidr} }`);
    if (site === recoverySite) {
      lines.push(`      test-${number(vlan)}: { cidr: ${cidr}, isolated: true }`);
    }
  }
  lines.push(
    '    firewalls:',
    '      - { between: [management, replication], allow: [443, 9669] }',
    `    vcenter: { address: ${management}.0.10, network: management }`,
    `    services: { dns: ${management}.0.2, ntp: ${management}.0.3, smtp: ${management}.0.4 }`,
    '    zvm:',
    '      os: windows',
    '      license: true',
    '      nics:',
    `        management: { network: management, address: ${management}.0.20/16, gateway: ${management}.0.1 }`,
    `        replication: { network: replication, address: ${replication}.0.10/16 }`,
    '      replicationNic: replication',
    '      routes:',
    `        - { to: 172.${peer.replication}.0.0/16, via: ${replication}.0.1, nic: replication, persistent: true }`,
    '    datastores:',
  );
  for (let datastore = 0; datastore < Math.ceil(hosts / hostsPerDatastore); datastore++) {
    lines.push(`      ds-${site.prefix}${number(datastore)}: { capacity: 128TiB, free: 100TiB }`);
  }
  lines.push('    hosts:');
  for (let host = 0; host < hosts; host++) {
    const place = `${1 + Math.floor(host / 250)}.${1 + (host % 250)}`;
    lines.push(
      `      esx-${site.prefix}${number(host)}:`,
      '        version: "6.7"',
      `        address: ${management}.${place}`,
      '        ports: [22, 443]',
      '        credentials: user',
      '        vra:',
      '          memory: 3GiB',
      `          datastore: ${datastoreOf(site, host)}`,
      '          network: replication',
      `          address: ${replication}.${place}/16`,
      `          gateway: ${replication}.0.1`,
      '          folder: VRAs',
    );
  }
  lines.push('    backups:', '      nightly: { excludeFolders: [VRAs] }');
}

function writeVms(lines: string[], vms: number): void {
  lines.push('    vms:');
  for (let vm = 0; vm < vms; vm++) {
    const { changeRate, data, bootGroup } = roleOf(vm);
    const host = hostOf(vm, vms);
    const datastore = datastoreOf(protectedSite, host);
    lines.push(
      `      ${vmName(vm)}:`,
      `        host: esx-p${number(host)}`,
      `        changeRate: ${changeRate}`,
    );
    // A nightly job on the first database of every application.
    if (vm % vmsPerVpg === 0) lines.push('        burst: { rate: 8MiB/s, for: 10m, every: 24h }');
    lines.push(
      '        nics:',
      `          eth0: { network: ${vlanOf(vm)}, address: ${addressOf(protectedSite, vm)} }`,
      '        disks:',
      `          system: { size: ${bootGroup === 3 ? '30GiB' : '60GiB'}, datastore: ${datastore} }`,
      `          data: { size: ${data}, datastore: ${datastore} }`,
    );
  }
}

function writeVpgs(lines: string[], vms: number): void {
  for (let vpg = 0; vpg < Math.ceil(vms / vmsPerVpg); vpg++) {
    const first = vpg * vmsPerVpg;
    const last = Math.min(first + vmsPerVpg, vms);
    lines.push(
      `  ${vpgName(vpg)}:`,
      `    from: ${protectedSite.name}`,
      `    to: ${recoverySite.name}`,
      '    vms:',
    );
    const bootGroups = new Set<number>();
    for (let vm = first; vm < last; vm++) {
      const { bootGroup } = roleOf(vm);
      const host = hostOf(vm, vms);
      const address = addressOf(recoverySite, vm);
      const gateway = `10.${recoverySite.vlans}.${Math.floor(vm / vmsPerVlan)}.1`;
      bootGroups.add(bootGroup);
      lines.push(
        `      ${vmName(vm)}:`,
        `        recoveryHost: esx-d${number(host)}`,
        `        datastore: ${datastoreOf(recoverySite, host)}`,
        `        bootGroup: ${bootGroup}`,
        '        nics:',
        '          eth0:',
        `            failover: { network: ${vlanOf(vm)}, address: ${address}, gateway: ${gateway} }`,
        `            test: { network: ${vlanOf(vm).replace('vlan', 'test')}, address: dhcp }`,
      );
    }
    lines.push(
      '    rpo: 5m',
      `    priority: ${vpg % 10 === 0 ? 'high' : 'medium'}`,
      '    journal: { history: 4h, hardLimit: 150GiB }',
      '    testEvery: 180d',
      `    boot: { order: [${[...bootGroups].join(', ')}], delay: 30s }`,
      '    reverseProtection: true',
    );
  }
}

function writeDrills(lines: string[], vms: number, hours: number): void {
  lines.push(
    `  ${quietDrill}:`,
    '    describes: Replication and checkpoints go on and nothing happens',
    `    duration: ${hours}h`,
    `    expect: { vpgs: { ${vpgName(0)}: { noGaps: true } } }`,
  );
  for (let vpg = 0; vpg < Math.ceil(vms / vmsPerVpg); vpg++) {
    const name = vpgName(vpg);
    const vm = vmName(vpg * vmsPerVpg);
    lines.push(
      `  zvm-down-and-test-${name}:`,
      `    describes: ${name} is tested while the ZVM of the protected site is down`,
      '    duration: 1h',
      '    steps:',
      `      - { at: 5m, write: { vm: ${vm}, disk: data, size: 50MB, name: orders } }`,
      `      - { at: 10m, powerOff: ${protectedSite.name}/zvm }`,
      '      - at: 20m',
      `        failoverTest: { vpg: ${name}, checkpoint: latest }`,
      '        expect: { result: success, contains: [orders] }',
      `      - { at: 25m, stopTest: { vpg: ${name} } }`,
      `      - { at: 30m, powerOn: ${protectedSite.name}/zvm }`,
      '    expect:',
      '      vpgs:',
      `        ${name}: { gaps: [{ from: 10m, to: 30m, within: 10s, cause: zvm-down }] }`,
    );
  }
}

function number(index: number): string {
  return String(index + 1).padStart(3, '0');
}

function roleOf(vm: number): (typeof roles)[number] {
  return roles[vm % roles.length] ?? roles[0];
}

function vpgName(vpg: number): string {
  return `${applications[vpg % applications.length] ?? 'app'}-${number(vpg)}`;
}

function vmName(vm: number): string {
  return `${vpgName(Math.floor(vm / vmsPerVpg))}-${roleOf(vm).name}`;
}

/** An application's VMs stand on different hosts, as anti-affinity and load balancing leave them. */
function hostOf(vm: number, vms: number): number {
  return vm % Math.ceil(vms / vmsPerHost);
}

function datastoreOf(site: SitePlan, host: number): string {
  return `ds-${site.prefix}${number(Math.floor(host / hostsPerDatastore))}`;
}

function vlanOf(vm: number): string {
  return `vlan-${number(Math.floor(vm / vmsPerVlan))}`;
}

function addressOf(site: SitePlan, vm: number): string {
  return `10.${site.vlans}.${Math.floor(vm / vmsPerVlan)}.${10 + (vm % vmsPerVlan)}/24`;
}
