import { within } from '../../../topology/document.ts';
import { insertEntry, replaceValue } from '../../../topology/edit.ts';
import { journalHeadroom } from '../../../topology/limits.ts';
import type { ProtectedVm, Vpg } from '../../../topology/model.ts';
import { formatDuration, formatPercent, formatSize } from '../../../topology/quantities.ts';
import { journalNeed, leastHardLimit, writtenWithin } from '../../../topology/sizing.ts';
import type { Fix, Report, Rule } from '../../rule.ts';
import { enoughGib, roughly } from './sizes.ts';

export const hardLimit: Rule = {
  name: 'journal/hard-limit',
  title: 'The hard limit of a journal is too small',
  severity: 'warning',
  facts: ['OUT-9'],
  check({ topology, report }) {
    for (const vpg of topology.vpgs.values()) {
      const limit = vpg.journal.hardLimit;
      if (limit === undefined) continue;
      const worst = worstOf(vpg);
      const least = leastHardLimit(vpg);
      if (limit < least) report(belowLeast(vpg, limit, least, worst));
      else if (worst && worst.need > limit) report(short(vpg, limit, worst));
    }
  },
};

interface Worst {
  readonly protectedVm: ProtectedVm;
  readonly written: number;
  readonly need: number;
  /** How many VMs of the VPG need more than the limit. */
  readonly short: number;
}

/** The limit is one VM's, so the VM that needs most decides. */
function worstOf(vpg: Vpg): Worst | undefined {
  let worst: Omit<Worst, 'short'> | undefined;
  let count = 0;
  for (const protectedVm of vpg.vms.values()) {
    const vm = protectedVm.vm.target;
    if (!vm) continue;
    const need = journalNeed(protectedVm);
    if (need > (vpg.journal.hardLimit ?? Infinity)) count += 1;
    if (worst && need <= worst.need) continue;
    worst = { protectedVm, written: writtenWithin(vm, vpg.journal.history), need };
  }
  return worst && { ...worst, short: count };
}

function belowLeast(vpg: Vpg, limit: number, least: number, worst: Worst | undefined): Report {
  return {
    at: within(vpg.journal.place, 'hardLimit'),
    severity: 'error',
    message:
      `The journals of ${vpg.name} may take ${formatSize(limit)} a VM. The least that the product ` +
      `takes is ${formatSize(least)}.`,
    fixes: [raise(vpg, Math.max(least, worst?.need ?? 0))],
  };
}

function short(
  vpg: Vpg,
  limit: number,
  { protectedVm, written, need, short: count }: Worst,
): Report {
  const { journal } = vpg;
  const at = within(journal.place, 'hardLimit');
  const isWritten = at.document.has(at.path);
  const kept = journal.history * (limit / need);
  const vm = protectedVm.vm.target;
  const burst = vm?.burst ? ', bursts included' : '';
  return {
    at: isWritten ? at : vpg.place,
    on: isWritten ? 'value' : 'key',
    message:
      `${protectedVm.name} writes ${formatSize(vm?.changeRate ?? 0)}/s${burst}: ` +
      `${roughly(written)} in ${formatDuration(journal.history)}, and with ` +
      `${formatPercent(journalHeadroom)} spare its journal needs ${roughly(need)}. The hard limit ` +
      `of ${vpg.name} is ${formatSize(limit)}${isWritten ? '' : ' (the default)'}, which holds about ` +
      `${formatDuration(Math.floor(kept / 60_000) * 60_000)}: beyond it the oldest checkpoints are ` +
      `given up.${count > 1 ? ` ${count} VMs of the VPG need more than the limit.` : ''} ` +
      `${enoughGib(need)} would do.`,
    fixes: [raise(vpg, need)],
    ...(vm && {
      related: [
        { message: `The change rate of ${vm.name}`, place: within(vm.place, 'changeRate') },
      ],
    }),
  };
}

function raise(vpg: Vpg, bytes: number): Fix {
  const { document, path } = within(vpg.journal.place, 'hardLimit');
  const size = enoughGib(bytes);
  return {
    title: `Raise the hard limit to ${size}`,
    edits: document.has(path)
      ? replaceValue(document, path, size)
      : insertEntry(document, vpg.journal.place.path, 'hardLimit', size),
    safe: false,
  };
}
