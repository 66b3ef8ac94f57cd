/** A sizing plan for people: tables, and above each the arithmetic of its columns. */
import {
  checkpointInterval,
  datastoreFloor,
  datastoreFloorShare,
  journalHeadroom,
  receiveBufferShare,
  sendBufferShare,
  vraDatastoreSpace,
  vraOwnMemory,
} from '../topology/limits.ts';
import { formatDuration, formatPercent, formatSize } from '../topology/quantities.ts';
import { assumedCompression, wanHeadroom } from '../topology/sizing.ts';
import type { BufferPlan, DatastorePlan, LinkPlan, Plan, VpgPlan } from './plan.ts';
import { textTable } from './table.ts';

export function planText(plan: Plan): string {
  if (plan.vpgs.length === 0) return 'This file declares no VPG, so there is nothing to size.\n';
  const parts = [
    legend(),
    ...plan.vpgs.map(vpgText),
    totalText(plan),
    linksText(plan.links),
    datastoresText(plan.datastores),
    buffersText(plan.buffers),
    plan.fits ? 'All of it fits.\n' : 'Not all of it fits: see what is marked SHORT.\n',
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function legend(): string {
  return `average  change rate, and bursts spread over the time between them
wire     average, divided by ${assumedCompression} where the VPG compresses (measure your own data)
written  the most that is written within the journal history, bursts included
journal  written x ${1 + journalHeadroom}
scratch  what a failover test may write: its hard limit, at most the replica
`;
}

const sizes = ['average', 'peak', 'wire', 'written', 'journal', 'replica', 'scratch'];

function vpgText({ vpg, from, to, history, compression, hardLimit, vms, total }: VpgPlan): string {
  const rows = vms.map((each) => [
    each.vm,
    perSecond(each.average),
    perSecond(each.peak),
    bits(each.wire),
    formatSize(each.written),
    formatSize(each.journal),
    formatSize(each.replica),
    formatSize(each.scratch),
    each.journalFits ? '' : 'SHORT: the journal is larger than its hard limit',
  ]);
  const sum = [
    'total',
    perSecond(total.average),
    '',
    bits(total.wire),
    formatSize(total.written),
    formatSize(total.journal),
    formatSize(total.replica),
    formatSize(total.scratch),
    '',
  ];
  const limit = hardLimit === undefined ? 'unlimited' : `${formatSize(hardLimit)} a VM`;
  return (
    `VPG ${vpg}, ${from} to ${to}: history ${formatDuration(history)}, journal hard limit ${limit}, ` +
    `${compression ? 'compressed' : 'not compressed'}\n` +
    textTable(['VM', ...sizes, ''], vms.length === 1 ? rows : [...rows, sum], sizes)
  );
}

function totalText({ vpgs, total }: Plan): string {
  if (vpgs.length === 1) return '';
  return (
    `All ${vpgs.length} VPGs: ${perSecond(total.average)} written, ${bits(total.wire)} on the wire, ` +
    `journals ${formatSize(total.journal)}, replicas ${formatSize(total.replica)}, ` +
    `scratch ${formatSize(total.scratch)}\n`
  );
}

function linksText(links: readonly LinkPlan[]): string {
  if (links.length === 0) return '';
  const rows = links.map((each) => [
    each.link,
    each.from,
    each.to,
    `${bits(each.wire)} + ${bits(each.headroom)} = ${bits(each.needed)}`,
    bits(each.bandwidth),
    each.slowest < each.bandwidth ? bits(each.slowest) : '',
    each.fits ? '' : 'SHORT',
  ]);
  return (
    `Links: what all VPGs put on the wire, and ${bits(wanHeadroom)} for control traffic and resynchronisation\n` +
    textTable(['link', 'from', 'to', 'needed', 'bandwidth', 'throttled to', ''], rows)
  );
}

function datastoresText(datastores: readonly DatastorePlan[]): string {
  if (datastores.length === 0) return '';
  const columns = ['replicas', 'journals', 'scratch', 'VRAs', 'total', 'free', 'left', 'floor'];
  const rows = datastores.map((each) => [
    `${each.site}/${each.datastore}`,
    ...[each.replicas, each.journals, each.scratch, each.vras, each.total, each.free].map(size),
    each.left < 0 ? `-${formatSize(-each.left)}` : size(each.left),
    formatSize(each.floor),
    each.fits ? '' : 'SHORT: left is below the floor',
  ]);
  return (
    `Datastores: left = free - total; the floor is ${formatSize(datastoreFloor)} or ` +
    `${formatPercent(datastoreFloorShare)} of the capacity, whichever is more; a VRA takes ${formatSize(vraDatastoreSpace)}\n` +
    textTable(['datastore', ...columns, ''], rows, columns)
  );
}

function buffersText(buffers: readonly BufferPlan[]): string {
  if (buffers.length === 0) return '';
  const columns = ['memory', 'usable', 'waiting', 'enough'];
  const rows = buffers.map((each) => [
    `${each.site}/${each.vra}`,
    each.role,
    formatSize(each.memory),
    formatSize(each.usable),
    formatSize(each.waiting),
    each.enough === undefined ? 'none' : formatSize(each.enough),
    each.fullAfter === undefined
      ? ''
      : `SHORT: full after ${formatDuration(Math.round(each.fullAfter / 1000) * 1000)}`,
  ]);
  return (
    `VRA buffers: usable = (memory - ${formatSize(vraOwnMemory)}) x ${formatPercent(sendBufferShare)} for ` +
    `sending (waiting: what the bursts leave behind), x ${formatPercent(receiveBufferShare)} for ` +
    `receiving (waiting: ${formatDuration(checkpointInterval)} of arrivals)\n` +
    textTable(['VRA', 'role', ...columns, ''], rows, columns)
  );
}

/** What is not there at all is easier to see as 0 than as 0B. */
function size(bytes: number): string {
  return bytes === 0 ? '0' : formatSize(bytes);
}

/** What VMs write is known in bytes, whatever the line is sold in. */
function perSecond(bytes: number): string {
  return `${Number((bytes / 2 ** 20).toFixed(2))}MiB/s`;
}

/** Lines are sold in bits. Rounded up: less would not do. */
function bits(bytesPerSecond: number): string {
  return `${Math.ceil(((bytesPerSecond * 8) / 1e6) * 100 - 1e-6) / 100}Mbit/s`;
}
