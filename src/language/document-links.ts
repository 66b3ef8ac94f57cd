/**
 * Links from paths in the file (included files, scripts, disk images, traces) and from rules that it accepts
 * to what they name.
 */
import type { DocumentLink } from 'vscode-languageserver-types';
import { directivesOf } from '../lint/disable.ts';
import { ruleNamed, ruleUrl } from '../lint/registry.ts';
import { within, type Place, type TopologyDocument } from '../topology/document.ts';
import type { Topology } from '../topology/model.ts';
import { toRange } from './ranges.ts';

/** A path that leaves the file's folder gets no link. Whether there is such a file is not looked up. */
export function documentLinks(topology: Topology, document: TopologyDocument): DocumentLink[] {
  const links: DocumentLink[] = [];
  const add = (place: Place, path: string | undefined, tooltip: string): void => {
    const target = path === undefined ? undefined : targetOf(document.uri, path);
    if (target === undefined || place.document !== document || !document.has(place.path)) return;
    const range = toRange(document, document.valueRange(place.path));
    links.push({ range, target, tooltip });
  };
  for (const site of topology.sites.values()) {
    for (const vm of site.vms.values()) {
      add(within(vm.place, 'trace'), vm.trace, 'Open the block trace');
      for (const disk of vm.disks.values()) {
        add(within(disk.place, 'image'), disk.image, 'Show the disk image');
      }
    }
  }
  for (const { scripts } of topology.vpgs.values()) {
    for (const script of Object.values(scripts)) {
      // A bare word is a command of the system.
      const path = script?.command.includes('/') === true ? script.command : undefined;
      if (script) add(within(script.place, 'command'), path, 'Open the script');
    }
  }
  for (const { names } of directivesOf(document).suppressions) {
    for (const { name, range } of names) {
      if (!ruleNamed(name)) continue;
      const tooltip = 'Open the page of the rule';
      links.push({ range: toRange(document, range), target: ruleUrl(name), tooltip });
    }
  }
  for (const { place, files } of topology.includes) {
    const [only, ...others] = files;
    // A pattern leads to many files; going to its definition lists them.
    if (place.document !== document || !only || others.length > 0) continue;
    const range = toRange(document, document.valueRange(place.path));
    links.push({ range, target: only.document.uri, tooltip: 'Open the included file' });
  }
  return links;
}

/** The address of a path beside the file; undefined where it leads elsewhere or is no relative path. */
function targetOf(uri: string, path: string): string | undefined {
  const slash = uri.lastIndexOf('/');
  if (slash < 0 || !/^[a-z][a-z\d+.-]*:/i.test(uri)) return undefined;
  // An absolute path, a drive, an address, a home folder, or a command with arguments.
  if (/^[/\\~]|^[a-z][a-z\d+.-]*:|[\s\\]/i.test(path)) return undefined;
  const parts = path.split('/').filter((part) => part !== '.' && part !== '');
  if (parts.length === 0 || parts.includes('..')) return undefined;
  return `${uri.slice(0, slash)}/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
}
