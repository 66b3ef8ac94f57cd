import { within } from '../../../topology/document.ts';
import { appendItem, insertEntry } from '../../../topology/edit.ts';
import type { Backup, Site, Vra } from '../../../topology/model.ts';
import { listed } from '../../listed.ts';
import type { Report, Rule } from '../../rule.ts';

export const inBackup: Rule = {
  name: 'vra/in-backup',
  title: 'A backup would take snapshots of a VRA',
  severity: 'error',
  facts: ['VRA-10'],
  check({ topology, report }) {
    for (const site of topology.sites.values()) {
      if (site.backups.size === 0) continue;
      const byFolder = new Map<string, Vra[]>();
      for (const { vra } of site.hosts.values()) {
        if (!vra) continue;
        if (vra.folder === undefined) report(withoutFolder(site, vra));
        else add(byFolder, vra.folder, vra);
      }
      for (const backup of site.backups.values()) {
        const excluded = new Set(backup.excludeFolders.map(trimmed));
        for (const [folder, vras] of byFolder) {
          if (!isExcluded(folder, excluded)) report(notExcluded(backup, folder, vras));
        }
      }
    }
  },
};

function add(byFolder: Map<string, Vra[]>, folder: string, vra: Vra): void {
  const vras = byFolder.get(folder);
  if (vras) vras.push(vra);
  else byFolder.set(folder, [vra]);
}

const why = 'A snapshot of a VRA breaks its replication, and the VRA has to be deployed again.';

function withoutFolder(site: Site, vra: Vra): Report {
  const folder = commonFolder(site);
  return {
    at: vra.place,
    on: 'key',
    message:
      `The VRA on ${vra.host.name} is in no folder, so ` +
      `${listed([...site.backups.keys()])} cannot leave it out. ${why}`,
    fixes: [
      {
        title: `Put the VRA into the folder ${folder}`,
        edits: insertEntry(vra.place.document, vra.place.path, 'folder', folder),
        safe: false,
      },
    ],
  };
}

function notExcluded(backup: Backup, folder: string, vras: readonly Vra[]): Report {
  const { document, path } = backup.place;
  const at = within(backup.place, 'excludeFolders');
  const listStands = document.has(at.path);
  return {
    at: listStands ? at : backup.place,
    on: listStands ? 'value' : 'key',
    message:
      `The backup ${backup.name} does not exclude the folder ${folder}, so it would take ` +
      `snapshots of the VRA on ${listed(vras.map(({ host }) => host.name))}. ${why}`,
    fixes: [
      {
        title: `Exclude ${folder} from ${backup.name}`,
        edits: listStands
          ? appendItem(document, at.path, folder)
          : insertEntry(document, path, 'excludeFolders', [folder]),
        safe: true,
      },
    ],
    related: vras.slice(0, 10).map((vra) => ({
      message: `The VRA on ${vra.host.name}`,
      place: within(vra.place, 'folder'),
    })),
  };
}

/** The folder of the other VRAs, else one that every backup excludes, else the usual name. */
function commonFolder(site: Site): string {
  for (const { vra } of site.hosts.values()) if (vra?.folder !== undefined) return vra.folder;
  const [first, ...others] = site.backups.values();
  return (
    first?.excludeFolders.find((folder) =>
      others.every((backup) => isExcluded(folder, new Set(backup.excludeFolders.map(trimmed)))),
    ) ?? 'VRAs'
  );
}

function trimmed(folder: string): string {
  return folder.replace(/^\/+|\/+$/g, '');
}

/** A folder is left out with any folder that it lies in. */
function isExcluded(folder: string, excluded: ReadonlySet<string>): boolean {
  const parts = trimmed(folder).split('/');
  return parts.some((_, index) => excluded.has(parts.slice(0, index + 1).join('/')));
}
