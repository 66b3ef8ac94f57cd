/**
 * The route statements of ZVMs with several NICs (NET-6, NET-7), in the language of their system: what
 * the file declares, and what it lacks though a peer needs it.
 */
import { formatCidr, formatIpv4, maskOf } from '../topology/address.ts';
import type { Cidr, Ipv4 } from '../topology/address.ts';
import type { Route, Site, Topology, Zvm, ZvmNic, ZvmSystem } from '../topology/model.ts';

/** A route that the file lacks, as the linter finds it. */
export interface MissingRoute {
  readonly to: Cidr;
  readonly nic: string;
  readonly via: Ipv4 | undefined;
  readonly who: string;
  readonly replaces: Route | undefined;
}

export interface RouteOptions {
  /** Only the ZVM of this site; all ZVMs where it is absent. */
  readonly site?: Site;
  /** The system to write for; each ZVM's own where it is absent. */
  readonly system?: ZvmSystem;
  readonly missingOf: (zvm: Zvm) => readonly MissingRoute[];
}

export type RouteState =
  /** The file declares it. */
  | 'declared'
  /** A peer needs it, and the file lacks it. */
  | 'missing'
  /** The file declares it, but it takes what is for a peer the wrong way. */
  | 'wrong';

export interface RouteLine {
  readonly state: RouteState;
  /** Name of the NIC in the file. */
  readonly nic: string;
  /** Address of the NIC, by which its interface is found on the machine. */
  readonly address: Ipv4 | undefined;
  readonly to: Cidr;
  /** Undefined where no gateway is known. */
  readonly via: Ipv4 | undefined;
  readonly persistent: boolean;
  /** Whom a missing route leads to. */
  readonly who: string | undefined;
  /** What to type; empty for a wrong route, and where no gateway is known. */
  readonly statements: readonly string[];
}

export interface ZvmRoutes {
  readonly site: string;
  readonly system: ZvmSystem;
  readonly replicationNic: string | undefined;
  readonly routes: readonly RouteLine[];
}

/** The routes of each ZVM, sites in the order of the file. A site without a ZVM is left out. */
export function routesOf(topology: Topology, options: RouteOptions): readonly ZvmRoutes[] {
  const sites = options.site ? [options.site] : [...topology.sites.values()];
  return sites.flatMap(({ name, zvm }) => {
    if (!zvm) return [];
    const system = options.system ?? zvm.os;
    const missing = options.missingOf(zvm);
    const wrong = new Set(missing.map(({ replaces }) => replaces));
    const lines = [
      ...zvm.routes.map((route) => declaredLine(route, system, wrong.has(route))),
      ...missing.map((route) => missingLine(route, zvm.nics.get(route.nic), system)),
    ];
    return [{ site: name, system, replicationNic: zvm.replicationNic?.name, routes: lines }];
  });
}

function declaredLine(route: Route, system: ZvmSystem, isWrong: boolean): RouteLine {
  const { to, via, persistent, nic } = route;
  const address = nic.target?.address.address;
  return {
    state: isWrong ? 'wrong' : 'declared',
    nic: nic.name,
    address,
    to,
    via,
    persistent,
    who: undefined,
    statements: isWrong ? [] : statementsOf(system, { to, via, persistent, address }),
  };
}

function missingLine(
  { to, via, nic, who }: MissingRoute,
  own: ZvmNic | undefined,
  system: ZvmSystem,
): RouteLine {
  const address = own?.address.address;
  const statements =
    via === undefined ? [] : statementsOf(system, { to, via, persistent: true, address });
  return { state: 'missing', nic, address, to, via, persistent: true, who, statements };
}

interface Statement {
  readonly to: Cidr;
  readonly via: Ipv4;
  readonly persistent: boolean;
  readonly address: Ipv4 | undefined;
}

function statementsOf(system: ZvmSystem, statement: Statement): readonly string[] {
  return system === 'windows' ? windowsStatements(statement) : linuxStatements(statement);
}

function windowsStatements({ to, via, persistent }: Statement): readonly string[] {
  const mask = formatIpv4(maskOf(to.prefix));
  const range = `${formatIpv4(to.network)} MASK ${mask} ${formatIpv4(via)}`;
  return [`route ADD ${range} IF <n>${persistent ? ' -p' : ''}`];
}

/** The name of the interface is in DEV (see {@link interfaceOf}). */
function linuxStatements({ to, via, persistent }: Statement): readonly string[] {
  const range = formatCidr(to);
  const gateway = formatIpv4(via);
  return [
    `ip route add ${range} via ${gateway} dev "$DEV"`,
    ...(persistent
      ? [
          `nmcli connection modify "$(nmcli -g GENERAL.CONNECTION device show "$DEV")" +ipv4.routes "${range} ${gateway}"`,
        ]
      : []),
  ];
}

/** The statements as a script with comments, a part for each ZVM. */
export function routesText(zvms: readonly ZvmRoutes[]): string {
  if (zvms.length === 0) return 'No site of this file has a ZVM.\n';
  return zvms.map(partOf).join('\n');
}

function partOf({ site, system, replicationNic, routes }: ZvmRoutes): string {
  const comment = (text: string): string => `${system === 'windows' ? 'REM' : '#'} ${text}`;
  const nic = replicationNic === undefined ? '' : `, replication NIC ${replicationNic}`;
  const lines = [comment(`ZVM of ${site} (${system}${nic})`)];
  if (routes.length === 0) {
    lines.push(comment('No routes are declared, and none are missing.'));
  } else if (system === 'linux') {
    lines.push(
      comment('ip sets a route at once; nmcli keeps it for the next start (NetworkManager).'),
      comment(
        'Without NetworkManager: [Route] with Destination= and Gateway= in the .network file of',
      ),
      comment('systemd-networkd, or routes: of the interface in netplan.'),
    );
  }
  const byNic = new Map<string, RouteLine[]>();
  for (const route of routes) {
    const others = byNic.get(route.nic);
    if (others) others.push(route);
    else byNic.set(route.nic, [route]);
  }
  for (const [name, ofNic] of byNic) {
    lines.push(...interfaceOf(system, name, ofNic[0]?.address, comment));
    for (const route of ofNic) lines.push(...linesOf(route, comment));
  }
  return `${lines.join('\n')}\n`;
}

/** How to find the interface: the file knows the NIC's address, not what the system calls it. */
function interfaceOf(
  system: ZvmSystem,
  nic: string,
  address: Ipv4 | undefined,
  comment: (text: string) => string,
): readonly string[] {
  const shown = address === undefined ? undefined : formatIpv4(address);
  if (system === 'windows') {
    const query =
      shown === undefined
        ? 'Get-NetIPAddress -AddressFamily IPv4'
        : `(Get-NetIPAddress -IPAddress ${shown}).InterfaceIndex`;
    return [
      comment(`<n> is the number of NIC ${nic}. "route PRINT" lists it, and PowerShell says it:`),
      comment(`  ${query}`),
    ];
  }
  return shown === undefined
    ? [
        comment(
          `DEV is the interface of NIC ${nic}; its address is not known. "ip addr" lists all.`,
        ),
      ]
    : [
        comment(`The interface of NIC ${nic}:`),
        `DEV=$(ip -o -4 address show to ${shown} | awk '{ print $2 }')`,
      ];
}

function linesOf(route: RouteLine, comment: (text: string) => string): readonly string[] {
  const range = formatCidr(route.to);
  switch (route.state) {
    case 'declared':
      return route.persistent
        ? route.statements
        : [
            comment(`${range}: not persistent, so the next restart forgets it.`),
            ...route.statements,
          ];
    case 'wrong':
      return [
        comment(
          `${range} by NIC ${route.nic}: left out, it takes what is for a peer the wrong way.`,
        ),
      ];
    case 'missing':
      return [
        comment(`MISSING in the file: ${range}, for ${route.who ?? 'a peer'}.`),
        ...(route.via === undefined
          ? [
              comment(
                `The file does not name the router of NIC ${route.nic}, so nothing is written.`,
              ),
            ]
          : route.statements),
      ];
  }
}

/** The same for programs: addresses as text. */
export function routesData(zvms: readonly ZvmRoutes[]): readonly object[] {
  return zvms.map(({ site, system, replicationNic, routes }) => ({
    site,
    os: system,
    replicationNic: replicationNic ?? null,
    routes: routes.map(({ state, nic, address, to, via, persistent, who, statements }) => ({
      state,
      nic,
      address: address === undefined ? null : formatIpv4(address),
      to: formatCidr(to),
      mask: formatIpv4(maskOf(to.prefix)),
      via: via === undefined ? null : formatIpv4(via),
      persistent,
      for: who ?? null,
      statements,
    })),
  }));
}
