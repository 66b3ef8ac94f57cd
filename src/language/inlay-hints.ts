/** Computed numbers behind what is written: journal need, usable buffers, effective bandwidth. */
import type { InlayHint, Range } from 'vscode-languageserver-types';
import { within, type Place, type TopologyDocument } from '../topology/document.ts';
import { receiveBufferShare, sendBufferShare, vraBufferPool } from '../topology/limits.ts';
import type { Link, Topology, Vpg, Vra } from '../topology/model.ts';
import { formatRate, formatSize } from '../topology/quantities.ts';
import { assumedCompression, slowestRate } from '../topology/sizing.ts';
import { sizingOf } from './vpg-sizing.ts';

/** The hints of a part of the file. */
export function inlayHints(
  topology: Topology,
  document: TopologyDocument,
  range: Range,
): InlayHint[] {
  const start = document.offsetAt(range.start);
  const end = document.offsetAt(range.end);
  const hints: InlayHint[] = [];
  const add = (place: Place, hint: () => { label: string; tooltip: string } | undefined): void => {
    // A hint stands behind what is written, never behind what the file leaves to a default.
    if (place.document !== document || !document.has(place.path)) return;
    const at = document.valueRange(place.path).end;
    if (at < start || at > end) return;
    const shown = hint();
    if (shown) hints.push({ position: document.positionAt(at), paddingLeft: true, ...shown });
  };
  for (const vpg of topology.vpgs.values()) {
    add(within(vpg.journal.place, 'history'), () => journalHint(vpg));
  }
  for (const site of topology.sites.values()) {
    for (const { vra } of site.hosts.values()) {
      if (vra) add(within(vra.place, 'memory'), () => bufferHint(vra));
    }
  }
  for (const link of topology.links.values()) {
    add(within(link.place, 'bandwidth'), () => bandwidthHint(link));
  }
  return hints;
}

function journalHint(vpg: Vpg): { label: string; tooltip: string } | undefined {
  const { journal, vms } = sizingOf(vpg);
  if (journal === 0) return undefined;
  return {
    label: `takes ${formatSize(journal)}`,
    tooltip:
      `What the ${vms === 1 ? 'VM writes' : `${vms} VMs write`} in this time, and a tenth on top, ` +
      'for all journals of the VPG together.',
  };
}

function bufferHint({ memory }: Vra): { label: string; tooltip: string } {
  const pool = vraBufferPool(memory);
  return {
    label: `buffers ${formatSize(pool * sendBufferShare)}`,
    tooltip:
      `Of ${formatSize(memory)} a VRA has ${formatSize(pool)} for its buffer: ` +
      `${sendBufferShare * 100}% of it (${formatSize(pool * sendBufferShare)}) for what it sends, ` +
      `${receiveBufferShare * 100}% (${formatSize(pool * receiveBufferShare)}) for what it receives.`,
  };
}

function bandwidthHint(link: Link): { label: string; tooltip: string } {
  const slowest = slowestRate(link);
  const writes = `${formatSize(slowest * assumedCompression)}/s`;
  return {
    label: `carries ${writes} of writes`,
    tooltip:
      `${formatRate(slowest)}${slowest < link.bandwidth ? ' while it is throttled' : ''}, ` +
      `at the planning assumption of ${assumedCompression}:1 compression.`,
  };
}
