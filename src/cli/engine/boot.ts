/** `tidemark boot`: a recovered VM, running in QEMU, cut off from every network. */
import type { LabSnapshot } from '../../engine/api.ts';
import { recoveredDisks } from '../../engine/control/recovered-disks.ts';
import { leastMemory, qemuOptions, qemuProgram } from '../../restore/qemu-machine.ts';
import { parseSize } from '../../topology/quantities.ts';
import { oneOf, readOptions } from '../options.ts';
import { exitStatus, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { withEngine } from './access.ts';

export const bootUsage =
  'tidemark boot VPG VM [--memory SIZE] [--bus sata|virtio|ide] [--accel auto|kvm|tcg] [--state DIR] [-- QEMU-OPTION...]';

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
  if (disks.length === 0) {
    shell.tell(`${whyNone(vpg, vm, snapshot)}\n`);
    return exitStatus.unable;
  }
  const qemu = shell.programs?.find(qemuProgram);
  if (shell.programs === undefined || qemu === undefined) {
    shell.tell(
      `${qemuProgram} is not on the PATH. Any hypervisor that opens NBD disks can run ${vm} instead: ${disks.join(' ')}\n`,
    );
    return exitStatus.unable;
  }
  const status = await shell.programs.run(qemu, [
    ...qemuOptions({ name: vm, memory, bus, accel, disks }),
    ...others,
  ]);
  return status === 0 ? exitStatus.fine : exitStatus.wrong;
}

function memoryOf(text: string): number {
  const parsed = parseSize(text);
  if (!parsed.ok) throw new UsageError(`--memory: ${parsed.message}`);
  if (parsed.value < leastMemory) throw new UsageError('--memory is at least 128MiB.');
  return parsed.value;
}

/** Why a VM has no recovered disks. */
function whyNone(vpg: string, vm: string, { vpgs }: LabSnapshot): string {
  const known = vpgs.find(({ name }) => name === vpg);
  if (!known) return `There is no VPG ${vpg}.`;
  if (!known.vms.includes(vm)) return `There is no VM ${vm} in ${vpg}.`;
  return (
    `${vm} has no recovered disks now. “tidemark failover-test ${vpg}” opens them at a checkpoint, ` +
    'beside the running replication.'
  );
}
