/**
 * Where names stand in a topology file: which keys and values declare one, and which refer to one.
 *
 * Everything that follows names (going to a definition, renaming, completing, colouring) asks this
 * one table, so it knows a new field as soon as the table does.
 */
import type { Path } from '../../topology/document.ts';
import { recoveryVerbs } from '../../topology/model.ts';
import type { NameTree } from './name-tree.ts';

export type NameKind =
  | 'site'
  | 'network'
  | 'datastore'
  | 'host'
  | 'VM'
  | 'disk'
  | 'NIC'
  | 'backup job'
  | 'link'
  | 'VPG'
  | 'drill'
  | 'marker'
  | 'tag'
  /** `zvm` and `vra` in a component such as `Site/zvm`: words of the language. */
  | 'component';

export interface Role {
  readonly use: 'declaration' | 'reference';
  readonly on: 'key' | 'value';
  readonly kind: NameKind;
  /**
   * How the name is written: alone, as `Site/name`, as either of these, or as one of `Site`,
   * `Site/zvm`, `Site/host` and `Site/host/vra`.
   */
  readonly form: 'name' | 'path' | 'either' | 'component';
  /** The map that declares it, for a name that stands alone; undefined where nobody can tell. */
  readonly scope: Scope;
}

type Scope = (path: Path, names: NameTree) => Path | undefined;

/** The map of a site that declares names of a kind. */
export const mapOfKind = {
  network: 'networks',
  datastore: 'datastores',
  host: 'hosts',
  VM: 'vms',
} as const;
type KindOfSite = keyof typeof mapOfKind;

const parent: Scope = (path) => path.slice(0, -1);
const atRoot =
  (map: string): Scope =>
  () => [map];
const ofOwnSite =
  (kind: KindOfSite): Scope =>
  (path) => [...path.slice(0, 2), mapOfKind[kind]];
const ofSiteOfVpg =
  (side: 'from' | 'to', kind: KindOfSite): Scope =>
  (path, names) => {
    const site = names.text([...path.slice(0, 2), side]);
    return site === undefined ? undefined : ['sites', site, mapOfKind[kind]];
  };
const nicsOfZvm: Scope = (path) => [...path.slice(0, 3), 'nics'];
const nicsOfProtectedVm: Scope = (path, names) => {
  const from = names.text([...path.slice(0, 2), 'from']);
  const vm = path[3];
  return from === undefined || vm === undefined ? undefined : ['sites', from, 'vms', vm, 'nics'];
};
const disksOfProtectedVm: Scope = (path, names) => {
  const nics = nicsOfProtectedVm(path, names);
  return nics && [...nics.slice(0, -1), 'disks'];
};
const disksOfSiblingVm: Scope = (path, names) => {
  const written = names.text([...path.slice(0, -1), 'vm']);
  if (written === undefined) return undefined;
  const vm = pathAcrossSites(written, 'VM', names);
  return vm && [...vm, 'disks'];
};
const ofRecoverySiteOfSiblingVpg: Scope = (path, names) => {
  const vpg = names.text([...path.slice(0, -1), 'vpg']);
  const site = vpg === undefined ? undefined : names.text(['vpgs', vpg, 'to']);
  return site === undefined ? undefined : ['sites', site, 'datastores'];
};
/** What writes and checkpoints of a drill are called stands in no map; these paths stand for one. */
const ofDrill =
  (what: 'markers' | 'tags'): Scope =>
  (path) => [...path.slice(0, 2), what];
const nowhere: Scope = () => undefined;

const rows: readonly (readonly [string, Role])[] = [
  ...declarations([
    ['sites/*', 'site'],
    ['sites/*/networks/*', 'network'],
    ['sites/*/zvm/nics/*', 'NIC'],
    ['sites/*/datastores/*', 'datastore'],
    ['sites/*/hosts/*', 'host'],
    ['sites/*/backups/*', 'backup job'],
    ['sites/*/vms/*', 'VM'],
    ['sites/*/vms/*/nics/*', 'NIC'],
    ['sites/*/vms/*/disks/*', 'disk'],
    ['links/*', 'link'],
    ['vpgs/*', 'VPG'],
    ['drills/*', 'drill'],
  ]),
  value('sites/*/firewalls/*/between/*', 'network', ofOwnSite('network')),
  value('sites/*/vcenter/network', 'network', ofOwnSite('network')),
  value('sites/*/zvm/nics/*/network', 'network', ofOwnSite('network')),
  value('sites/*/zvm/replicationNic', 'NIC', nicsOfZvm),
  value('sites/*/zvm/routes/*/nic', 'NIC', nicsOfZvm),
  value('sites/*/hosts/*/vra/datastore', 'datastore', ofOwnSite('datastore')),
  value('sites/*/hosts/*/vra/network', 'network', ofOwnSite('network')),
  value('sites/*/vms/*/host', 'host', ofOwnSite('host')),
  value('sites/*/vms/*/nics/*/network', 'network', ofOwnSite('network')),
  value('sites/*/vms/*/disks/*/datastore', 'datastore', ofOwnSite('datastore')),
  value('links/*/joins/*', 'network', nowhere, 'path'),
  value('pairings/*/*', 'site', atRoot('sites')),
  value('vpgs/*/from', 'site', atRoot('sites')),
  value('vpgs/*/to', 'site', atRoot('sites')),
  key('vpgs/*/vms/*', 'VM', ofSiteOfVpg('from', 'VM')),
  value('vpgs/*/vms/*/recoveryHost', 'host', ofSiteOfVpg('to', 'host')),
  value('vpgs/*/vms/*/datastore', 'datastore', ofSiteOfVpg('to', 'datastore')),
  value('vpgs/*/vms/*/preseed/*', 'disk', disksOfProtectedVm),
  key('vpgs/*/vms/*/replicas/*', 'disk', disksOfProtectedVm),
  key('vpgs/*/vms/*/nics/*', 'NIC', nicsOfProtectedVm),
  value('vpgs/*/vms/*/nics/*/failover/network', 'network', ofSiteOfVpg('to', 'network')),
  value('vpgs/*/vms/*/nics/*/test/network', 'network', ofSiteOfVpg('to', 'network')),
  value('vpgs/*/journal/datastore', 'datastore', ofSiteOfVpg('to', 'datastore')),
  ...['powerOff', 'powerOn', 'reboot', 'crash', 'snapshot', 'redeploy'].map((verb) =>
    value(`drills/*/steps/*/${verb}`, 'component', nowhere, 'component'),
  ),
  ...['cut', 'heal', 'degrade/link'].map((at) =>
    value(`drills/*/steps/*/${at}`, 'link', atRoot('links')),
  ),
  value('drills/*/steps/*/write/vm', 'VM', nowhere, 'either'),
  value('drills/*/steps/*/write/disk', 'disk', disksOfSiblingVm),
  value('drills/*/steps/*/write/test', 'VPG', atRoot('vpgs')),
  value('drills/*/steps/*/fill/datastore', 'datastore', nowhere, 'either'),
  value('drills/*/steps/*/load/host', 'host', nowhere, 'either'),
  value('drills/*/steps/*/enterLicense', 'site', atRoot('sites')),
  value('drills/*/steps/*/installVras/*', 'host', nowhere, 'either'),
  value('drills/*/steps/*/pair/*', 'site', atRoot('sites')),
  value('drills/*/steps/*/skewClock/site', 'site', atRoot('sites')),
  value('drills/*/steps/*/checkpoint/vpg', 'VPG', atRoot('vpgs')),
  ...recoveryVerbs.flatMap((verb) => [
    value(`drills/*/steps/*/${verb}/vpg`, 'VPG', atRoot('vpgs')),
    value(`drills/*/steps/*/${verb}/site`, 'site', atRoot('sites')),
    value(`drills/*/steps/*/${verb}/checkpoint`, 'tag', ofDrill('tags')),
    value(`drills/*/steps/*/${verb}/checkpoint/tag`, 'tag', ofDrill('tags')),
  ]),
  value('drills/*/steps/*/failoverTest/vms/*', 'VM', nowhere, 'either'),
  value('drills/*/steps/*/clone/vms/*', 'VM', nowhere, 'either'),
  value('drills/*/steps/*/clone/datastore', 'datastore', ofRecoverySiteOfSiblingVpg),
  value('drills/*/steps/*/restoreFile/vm', 'VM', nowhere, 'either'),
  value('drills/*/steps/*/restoreFile/disk', 'disk', disksOfSiblingVm),
  ...['drills/*/expect', 'drills/*/steps/*/expect'].flatMap((at) => [
    key(`${at}/vpgs/*`, 'VPG', atRoot('vpgs')),
    value(`${at}/contains/*`, 'marker', ofDrill('markers')),
    value(`${at}/missing/*`, 'marker', ofDrill('markers')),
  ]),
  named('drills/*/steps/*/write/name', 'marker', ofDrill('markers')),
  named('drills/*/steps/*/checkpoint/tag', 'tag', ofDrill('tags')),
];

type Row = readonly [string, Role];

function declarations(list: readonly (readonly [string, NameKind])[]): Row[] {
  return list.map(([pattern, kind]) => [
    pattern,
    { use: 'declaration', on: 'key', kind, form: 'name', scope: parent },
  ]);
}

function key(pattern: string, kind: NameKind, scope: Scope): Row {
  return [pattern, { use: 'reference', on: 'key', kind, form: 'name', scope }];
}

function value(pattern: string, kind: NameKind, scope: Scope, form: Role['form'] = 'name'): Row {
  return [pattern, { use: 'reference', on: 'value', kind, form, scope }];
}

function named(pattern: string, kind: NameKind, scope: Scope): Row {
  return [pattern, { use: 'declaration', on: 'value', kind, form: 'name', scope }];
}

/** The table as a tree, so that a walk over a file looks at each of its nodes once. */
export interface RoleNode {
  readonly role: Role | undefined;
  /** The node below a key or an index; undefined where no name can stand there. */
  below(key: string | number): RoleNode | undefined;
}

class RoleBranch implements RoleNode {
  role: Role | undefined;
  readonly #named = new Map<string, RoleBranch>();
  #any: RoleBranch | undefined;

  below(key: string | number): RoleBranch | undefined {
    return this.#named.get(String(key)) ?? this.#any;
  }

  grow(key: string): RoleBranch {
    if (key === '*') return (this.#any ??= new RoleBranch());
    let branch = this.#named.get(key);
    if (!branch) this.#named.set(key, (branch = new RoleBranch()));
    return branch;
  }
}

const root = new RoleBranch();
for (const [pattern, role] of rows) {
  let branch = root;
  for (const part of pattern.split('/')) branch = branch.grow(part);
  branch.role = role;
}

export const roleTree: RoleNode = root;

/** What the key or the value at a path says a name for; undefined where it says none. */
export function roleAt(path: Path): Role | undefined {
  let node: RoleNode | undefined = roleTree;
  for (const part of path) node = node?.below(part);
  return node?.role;
}

/** `latest`, `oldest` and offsets are checkpoints that no tag names. */
export const otherThanTag = /^(?:latest|oldest|-?\d[\d.dhms]*)$/;

/** A name, or one of the names in `Site/host`, inside of a text. */
export interface NamePart {
  readonly start: number;
  readonly end: number;
  readonly kind: NameKind;
  /** The path of the declaration; undefined where nobody can tell. */
  readonly target: Path | undefined;
}

/** The names that a key or a value with this role is made of. */
export function partsOf(role: Role, path: Path, text: string, names: NameTree): NamePart[] {
  const { kind, form } = role;
  const whole = (target: Path | undefined): NamePart[] => [
    { start: 0, end: text.length, kind, target },
  ];
  if (form === 'component') return componentParts(text);
  if (form === 'name' || (form === 'either' && !text.includes('/'))) {
    if (kind === 'tag' && otherThanTag.test(text)) return [];
    if (form === 'either') return whole(pathAcrossSites(text, kind, names));
    const scope = role.scope(path, names);
    return whole(scope && [...scope, text]);
  }
  const slash = text.indexOf('/');
  if (slash < 0 || !isOfSite(kind)) return whole(undefined);
  const site = text.slice(0, slash);
  return [
    { start: 0, end: slash, kind: 'site', target: ['sites', site] },
    {
      start: slash + 1,
      end: text.length,
      kind,
      target: ['sites', site, mapOfKind[kind], text.slice(slash + 1)],
    },
  ];
}

function componentParts(text: string): NamePart[] {
  const [site = '', part, appliance] = text.split('/');
  const path = ['sites', site];
  const parts: NamePart[] = [{ start: 0, end: site.length, kind: 'site', target: path }];
  if (part === undefined) return parts;
  const start = site.length + 1;
  const end = start + part.length;
  if (part === 'zvm') {
    parts.push({ start, end, kind: 'component', target: [...path, 'zvm'] });
    return parts;
  }
  const host = [...path, 'hosts', part];
  parts.push({ start, end, kind: 'host', target: host });
  if (appliance === 'vra') {
    parts.push({ start: end + 1, end: end + 4, kind: 'component', target: [...host, 'vra'] });
  }
  return parts;
}

export function isOfSite(kind: NameKind): kind is KindOfSite {
  return Object.hasOwn(mapOfKind, kind);
}

/** Where `name` or `Site/name` is declared; undefined where no site has it, or more than one. */
function pathAcrossSites(text: string, kind: NameKind, names: NameTree): Path | undefined {
  if (!isOfSite(kind)) return undefined;
  const map = mapOfKind[kind];
  const slash = text.indexOf('/');
  if (slash >= 0) return ['sites', text.slice(0, slash), map, text.slice(slash + 1)];
  const [site, other] = names.sitesWith(map, text);
  return site === undefined || other !== undefined ? undefined : ['sites', site, map, text];
}
