/** The names that may stand at a place, as they would be written there. */
import type { Path } from '../../topology/document.ts';
import type { NameTree } from '../names/name-tree.ts';
import { isOfSite, mapOfKind, roleAt, type Role } from '../names/roles.ts';

/** Undefined where no reference stands; empty where nothing is declared that could be meant. */
export function namesInScope(
  names: NameTree,
  path: Path,
  on: Role['on'],
): readonly string[] | undefined {
  const role = roleAt(path);
  if (role?.use !== 'reference' || role.on !== on) return undefined;
  const { kind, form } = role;
  switch (form) {
    case 'component':
      return components(names, ['snapshot', 'redeploy'].includes(String(path.at(-1))));
    case 'path':
      return isOfSite(kind) ? withSites(names, mapOfKind[kind]) : [];
    case 'either':
      return isOfSite(kind) ? alone(names, mapOfKind[kind]) : [];
    case 'name': {
      if (kind === 'marker') return writtenIn(names, path, 'write', 'name');
      if (kind === 'tag') return writtenIn(names, path, 'checkpoint', 'tag');
      const scope = role.scope(path, names);
      return scope ? otherThanOpposite(names, path, names.keys(scope)) : [];
    }
  }
}

function components(names: NameTree, onlyVras: boolean): string[] {
  return names.keys(['sites']).flatMap((site) => {
    const hosts = names.keys(['sites', site, 'hosts']);
    const vras = hosts
      .filter((host) => names.has(['sites', site, 'hosts', host, 'vra']))
      .map((host) => `${site}/${host}/vra`);
    if (onlyVras) return vras;
    const zvm = names.has(['sites', site, 'zvm']) ? [`${site}/zvm`] : [];
    return [site, ...zvm, ...hosts.map((host) => `${site}/${host}`), ...vras];
  });
}

function withSites(names: NameTree, map: string): string[] {
  return names
    .keys(['sites'])
    .flatMap((site) => names.keys(['sites', site, map]).map((name) => `${site}/${name}`));
}

/** Without the site where only one site has the name. */
function alone(names: NameTree, map: string): string[] {
  return names
    .keys(['sites'])
    .flatMap((site) =>
      names
        .keys(['sites', site, map])
        .map((name) => (names.sitesWith(map, name).length > 1 ? `${site}/${name}` : name)),
    );
}

/** What the steps of the drill write or tag. */
function writtenIn(names: NameTree, path: Path, verb: string, field: string): string[] {
  const steps = [...path.slice(0, 2), 'steps'];
  const found = new Set<string>();
  for (let index = 0; index < names.length(steps); index++) {
    const name = names.text([...steps, index, verb, field]);
    if (name !== undefined) found.add(name);
  }
  return [...found];
}

/** The two sites of a VPG or a pairing are different ones, as are the two networks of a firewall. */
function otherThanOpposite(
  names: NameTree,
  path: Path,
  candidates: readonly string[],
): readonly string[] {
  const last = path.at(-1);
  const opposite =
    path[0] === 'vpgs' && path.length === 3 && (last === 'from' || last === 'to')
      ? last === 'from'
        ? 'to'
        : 'from'
      : path[0] === 'pairings' || path.at(-2) === 'between'
        ? Number(last) === 0
          ? 1
          : 0
        : undefined;
  if (opposite === undefined) return candidates;
  const taken = names.text([...path.slice(0, -1), opposite]);
  return candidates.filter((name) => name !== taken);
}
