/** Two sites set up at random, rightly in most respects, as the text of a topology file. */
import fc from 'fast-check';

type NetworkName = 'production' | 'isolated';

/** Ports that are opened together. The engine talks on 9071 and never on the older 9081. */
const portGroups = {
  'zvm-zvm': [9071, 9081],
  'vra-control': [4007],
  'vra-data': [4008],
  'zvm-vra': [4005, 4006, 4009],
} as const;
type PortGroup = keyof typeof portGroups;
type Allow = 'any' | readonly PortGroup[];

type RouteKind = 'right' | 'missing' | 'typo' | 'off-link' | 'by-production' | 'not-persistent';
type GatewayKind = 'right' | 'missing' | 'outside';

interface SitePlan {
  readonly nics: NetworkName | 'both';
  /** Of a ZVM with two NICs; with one it is that one. */
  readonly replicateBy: NetworkName;
  readonly gateway: GatewayKind;
  readonly secondGateway: boolean;
  readonly route: RouteKind;
  readonly vraNetwork: NetworkName;
  readonly vraGateway: GatewayKind;
  readonly vraByDhcp: boolean;
  readonly firewall: Allow | undefined;
  /** The network that no router serves. */
  readonly cutOff: NetworkName | undefined;
}

interface LinkPlan {
  readonly joins: readonly [NetworkName, NetworkName];
  readonly allow: Allow;
  readonly nat: boolean;
}

type Overlap = 'none' | 'production' | 'isolated' | 'crossed' | 'wider' | 'wider-isolated';

interface DeploymentPlan {
  readonly overlap: Overlap;
  readonly left: SitePlan;
  readonly right: SitePlan;
  readonly links: readonly LinkPlan[];
}

/** The first three bytes of an address, or two for the ranges that are /16. */
interface Range {
  readonly cidr: string;
  readonly prefix: string;
  readonly length: number;
}

const slash24 = (prefix: string): Range => ({ cidr: `${prefix}.0/24`, prefix, length: 24 });
const slash16 = (two: string): Range => ({ cidr: `${two}.0.0/16`, prefix: `${two}.0`, length: 16 });

type Ranges = Readonly<Record<NetworkName, Range>>;

const leftRanges: Ranges = { production: slash24('10.1.0'), isolated: slash24('192.168.100') };

function rightRanges(overlap: Overlap): Ranges {
  const own: Ranges = { production: slash24('10.2.0'), isolated: slash24('10.10.10') };
  switch (overlap) {
    case 'none':
      return own;
    case 'production':
      return { ...own, production: leftRanges.production };
    case 'isolated':
      return { ...own, isolated: leftRanges.isolated };
    case 'crossed':
      return { ...own, isolated: leftRanges.production };
    case 'wider':
      return { ...own, production: slash16('10.1') };
    case 'wider-isolated':
      return { ...own, isolated: slash16('192.168') };
  }
}

/** `usual` most of the time, so that one mistake is not hidden by three others. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(usual, ...others) },
  );
}

const groups = fc.subarray(Object.keys(portGroups) as PortGroup[], { minLength: 1 });
const allow: fc.Arbitrary<Allow> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Allow>('any') },
  { weight: 1, arbitrary: groups },
);

const sitePlan: fc.Arbitrary<SitePlan> = fc.record({
  nics: fc.constantFrom<SitePlan['nics']>('both', 'both', 'production', 'isolated'),
  replicateBy: mostly<NetworkName>('isolated', 'production'),
  gateway: mostly<GatewayKind>('right', 'missing', 'outside'),
  secondGateway: mostly(false, true),
  route: mostly<RouteKind>(
    'right',
    'missing',
    'typo',
    'off-link',
    'by-production',
    'not-persistent',
  ),
  vraNetwork: mostly<NetworkName>('isolated', 'production'),
  vraGateway: mostly<GatewayKind>('right', 'missing', 'outside'),
  vraByDhcp: mostly(false, true),
  firewall: fc.oneof(fc.constant(undefined), allow),
  cutOff: mostly<NetworkName | undefined>(undefined, undefined, 'production', 'isolated'),
});

const linkPlan: fc.Arbitrary<LinkPlan> = fc.record({
  joins: fc.tuple(
    mostly<NetworkName>('isolated', 'production'),
    mostly<NetworkName>('isolated', 'production'),
  ),
  allow,
  nat: mostly(false, false, true),
});

/** Site `Left` is protected, `Right` is where it recovers to. */
export const deployments: fc.Arbitrary<string> = fc
  .record({
    overlap: mostly<Overlap>(
      'none',
      'production',
      'isolated',
      'crossed',
      'wider',
      'wider-isolated',
    ),
    left: sitePlan,
    right: sitePlan,
    links: fc.oneof(
      { weight: 6, arbitrary: fc.array(linkPlan, { minLength: 1, maxLength: 1 }) },
      { weight: 2, arbitrary: fc.array(linkPlan, { minLength: 2, maxLength: 2 }) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
  })
  .map(textOf);

/** Every JSON text is a YAML text, and this one is written by nobody. */
function textOf({ overlap, left, right, links }: DeploymentPlan): string {
  const theirs = rightRanges(overlap);
  const file = {
    version: 1,
    name: 'Deployment',
    sites: {
      Left: {
        // Equal ranges must not lead to equal addresses: the sites differ in the last byte.
        ...siteOf(left, leftRanges, theirs[replicationNetworkOf(right)], 20),
        vms: {
          VM1: {
            host: 'host',
            changeRate: '64KiB/s',
            nics: {},
            disks: { system: { size: '1GiB', datastore: 'store' } },
          },
        },
      },
      Right: siteOf(right, theirs, leftRanges[replicationNetworkOf(left)], 120),
    },
    links: Object.fromEntries(
      links.map(({ joins, allow: opened, nat }, index) => [
        `link-${index + 1}`,
        {
          joins: [`Left/${joins[0]}`, `Right/${joins[1]}`],
          bandwidth: '100Mbit/s',
          latency: '5ms',
          allow: portsOf(opened),
          nat,
        },
      ]),
    ),
    pairings: [['Left', 'Right']],
    vpgs: {
      shop: {
        from: 'Left',
        to: 'Right',
        vms: { VM1: { recoveryHost: 'host', datastore: 'store' } },
        // The way back of the data is not asked for, because no drill here takes it.
        reverseProtection: false,
      },
    },
  };
  return JSON.stringify(file, undefined, 2);
}

function replicationNetworkOf({ nics, replicateBy }: SitePlan): NetworkName {
  return nics === 'both' ? replicateBy : nics;
}

function siteOf(plan: SitePlan, ranges: Ranges, peer: Range, host: number): object {
  const { firewall, cutOff } = plan;
  return {
    platform: 'vsphere',
    networks: {
      production: { cidr: ranges.production.cidr, isolated: cutOff === 'production' },
      isolated: { cidr: ranges.isolated.cidr, isolated: cutOff === 'isolated' },
    },
    ...(firewall && {
      firewalls: [{ between: ['production', 'isolated'], allow: portsOf(firewall) }],
    }),
    zvm: zvmOf(plan, ranges, peer, host),
    datastores: { store: { capacity: '8TiB', free: '6TiB' } },
    hosts: {
      host: { version: '6.7', vra: vraOf(plan, ranges[plan.vraNetwork], host + 1) },
    },
  };
}

function zvmOf(plan: SitePlan, ranges: Ranges, peer: Range, host: number): object {
  const replicateBy = replicationNetworkOf(plan);
  const names: readonly NetworkName[] =
    plan.nics === 'both' ? ['production', 'isolated'] : [plan.nics];
  const nics = names.map((name, index) => [
    name,
    {
      network: name,
      address: `${ranges[name].prefix}.${host}/${ranges[name].length}`,
      ...(index === 0
        ? gatewayOf(plan.gateway, ranges[name])
        : plan.secondGateway && gatewayOf('right', ranges[name])),
    },
  ]);
  return {
    license: true,
    nics: Object.fromEntries(nics) as object,
    replicationNic: replicateBy,
    // With one NIC and its gateway there is nothing to route.
    routes: plan.nics === 'both' ? routesOf(plan.route, replicateBy, ranges, peer) : [],
  };
}

function routesOf(
  kind: RouteKind,
  replicateBy: NetworkName,
  ranges: Ranges,
  peer: Range,
): readonly object[] {
  const right = {
    to: peer.cidr,
    via: `${ranges[replicateBy].prefix}.1`,
    nic: replicateBy,
    persistent: true,
  };
  switch (kind) {
    case 'right':
      return [right];
    case 'missing':
      return [];
    case 'typo':
      return [{ ...right, to: '102.168.200.0/24' }];
    case 'off-link':
      return [{ ...right, via: '172.16.0.1' }];
    case 'by-production':
      return [{ ...right, via: `${ranges.production.prefix}.1`, nic: 'production' }];
    case 'not-persistent':
      return [{ ...right, persistent: false }];
  }
}

function vraOf({ vraGateway, vraByDhcp, vraNetwork }: SitePlan, range: Range, host: number) {
  return {
    memory: '2GiB',
    datastore: 'store',
    network: vraNetwork,
    address: vraByDhcp ? 'dhcp' : `${range.prefix}.${host}/${range.length}`,
    ...gatewayOf(vraGateway, range),
  };
}

function gatewayOf(kind: GatewayKind, range: Range): object {
  switch (kind) {
    case 'right':
      return { gateway: `${range.prefix}.1` };
    case 'missing':
      return {};
    case 'outside':
      return { gateway: '172.16.0.1' };
  }
}

function portsOf(opened: Allow): 'any' | readonly number[] {
  return opened === 'any' ? opened : opened.flatMap((group) => [...portGroups[group]]);
}
