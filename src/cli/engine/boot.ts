/** `tidemark boot`: a recovered VM, running in QEMU, cut off from every network. */
import type { LabSnapshot } from '../../engine/api.ts';
import type { ServedImage } from '../../engine/control/questions.ts';
import { parseSize } from '../../topology/quantities.ts';
import { oneOf, readOptions } from '../options.ts';
import { exitStatus, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { withEngine } from './access.ts';

export const bootUsage =
  'tidemark boot VPG VM [--memory SIZE] [--bus sata|virtio|ide] [--accel auto|kvm|tcg] [--state DIR] [-- QEMU-OPTION...]';

const program = 'qemu-system-x86_64';
const mebibyte = 2 ** 20;
/** Bytes that QEMU gives a machine unless it is told otherwise; no system of today starts with less. */
const leastMemory = 128 * mebibyte;

export async function bootCommand(shell: Shell, args: readonly string[]): Promise<ExitStatus> {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const others = end < 0 ? [] : args.slice(end + 1);
  const { operands, values } = readOptions(own, ['memory', 'bus', 'accel', 'state']);
  const [vpg, vm, ...more] = operands;
  if (vpg === undefined || vm === undefined || more.length > 0) {
    throw new UsageError('boot needs a VPG and a VM.');
  }
  const bus = oneOf('bus', values.bus ?? 'sata', ['sata', 'virtio', 'ide']);
  const accel = oneOf('accel', values.accel ?? 'auto', ['auto', 'kvm', 'tcg']);
  const memory = memoryOf(values.memory ?? '1GiB');
  const { snapshot, images } = await withEngine(shell, values.state, async (engine) => ({
    snapshot: await engine.ask({ kind: 'snapshot' }),
    images: await engine.ask({ kind: 'images' }),
  }));
  const disks = recoveredDisks(vpg, vm, snapshot, images);
  if (typeof disks === 'string') {
    shell.tell(`${disks}\n`);
    return exitStatus.unable;
  }
  const qemu = shell.programs?.find(program);
  if (shell.programs === undefined || qemu === undefined) {
    shell.tell(
      `${program} is not on the PATH. Any hypervisor that opens NBD disks can run ${vm} instead: ${disks.join(' ')}\n`,
    );
    return exitStatus.unable;
  }
  const status = await shell.programs.run(qemu, [
    ...qemuOptions({ name: vm, memory, bus, accel, disks }),
    ...others,
  ]);
  return status === 0 ? exitStatus.fine : exitStatus.wrong;
}

export interface QemuMachine {
  readonly name: string;
  /** Bytes. */
  readonly memory: number;
  readonly bus: 'sata' | 'virtio' | 'ide';
  /** `tcg` emulates the processor: slow, and right where the host's own virtualisation is not. */
  readonly accel: 'auto' | 'kvm' | 'tcg';
  /** NBD URIs, in the order of the disks. */
  readonly disks: readonly string[];
}

/**
 * What QEMU is started with. The machine has no NIC at all, so what runs in it can neither be reached nor
 * meet the machine that it is a copy of.
 */
export function qemuOptions({ name, memory, bus, accel, disks }: QemuMachine): string[] {
  return [
    '-name',
    `${escaped(name)} (recovered)`,
    // SATA is a part of this chipset, and every system of the last fifteen years has a driver for it.
    '-machine',
    bus === 'ide' ? 'pc' : 'q35',
    ...(accel === 'auto' ? ['kvm', 'tcg'] : [accel]).flatMap((each) => ['-accel', each]),
    '-m',
    `${Math.floor(memory / mebibyte)}M`,
    '-nic',
    'none',
    ...disks.flatMap((uri) => [
      '-drive',
      `file=${escaped(uri)},format=raw,if=${bus === 'virtio' ? 'virtio' : 'ide'},discard=unmap`,
    ]),
  ];
}

/** A comma ends an option of QEMU's, unless it is doubled. */
function escaped(text: string): string {
  return text.replaceAll(',', ',,');
}

function memoryOf(text: string): number {
  const parsed = parseSize(text);
  if (!parsed.ok) throw new UsageError(`--memory: ${parsed.message}`);
  if (parsed.value < leastMemory) throw new UsageError('--memory is at least 128MiB.');
  return parsed.value;
}

/** The disks of a VM in the recovery of its VPG that goes on, or why there are none. */
function recoveredDisks(
  vpg: string,
  vm: string,
  { operations, vpgs }: LabSnapshot,
  images: readonly ServedImage[],
): readonly string[] | string {
  const known = vpgs.find(({ name }) => name === vpg);
  if (!known) return `There is no VPG ${vpg}.`;
  if (!known.vms.includes(vm)) return `There is no VM ${vm} in ${vpg}.`;
  for (const { id, vpg: of } of operations.toReversed()) {
    if (of !== vpg) continue;
    const disks = images.filter(({ image }) => image === `${id}/${vm}`);
    if (disks.length > 0) return disks.map(({ uri }) => uri);
  }
  return (
    `${vm} has no recovered disks now. “tidemark failover-test ${vpg}” opens them at a checkpoint, ` +
    'beside the running replication.'
  );
}
