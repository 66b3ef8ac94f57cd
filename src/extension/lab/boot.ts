/** Runs a recovered VM in QEMU, in a terminal of the editor, cut off from every network. */
import * as vscode from 'vscode';
import { recoveredDisks } from '../../engine/control/recovered-disks.ts';
import { findProgram } from '../../restore/formats/find-program.ts';
import {
  leastMemory,
  qemuOptions,
  qemuProgram,
  type QemuMachine,
} from '../../restore/qemu-machine.ts';
import { parseSize } from '../../topology/quantities.ts';
import { choose, stays, type Choice } from './choices.ts';
import type { Target } from './vpg-verbs.ts';

/** Its process ends with the terminal, and no terminal outlives the window. */
export async function boot(_services: unknown, { lab, vpg, title }: Target): Promise<void> {
  const images = await lab.ask({ kind: 'images' });
  const recovered = vpg.vms
    .map((vm) => ({ vm, disks: recoveredDisks(vpg.name, vm, lab.snapshot, images) }))
    .filter(({ disks }) => disks.length > 0);
  if (recovered.length === 0) {
    void vscode.window.showErrorMessage(
      `${title}: ${vpg.name} has no recovered disks now. A failover test opens them at a checkpoint, beside the running replication.`,
    );
    return;
  }
  const qemu = findProgram(qemuProgram, process.env['PATH'] ?? '');
  if (qemu === undefined) {
    refuse(title, recovered);
    return;
  }
  const vm = await chooseVm(title, recovered);
  if (!vm) return;
  const bus = await choose(title, 'Which bus are its disks on?', buses);
  if (!bus) return;
  const memory = await chooseMemory(title);
  if (memory === undefined) return;
  const display = await choose(title, 'Where is it seen?', displays());
  if (!display) return;
  const machine = { name: vm.vm, memory, bus: bus.value, accel: 'auto', disks: vm.disks } as const;
  vscode.window
    .createTerminal({
      name: `${vm.vm} (recovered)`,
      iconPath: new vscode.ThemeIcon('vm'),
      shellPath: qemu,
      shellArgs: [...qemuOptions(machine), ...display.value],
      isTransient: true,
    })
    .show();
}

interface RecoveredVm {
  readonly vm: string;
  /** NBD URIs. */
  readonly disks: readonly string[];
}

function refuse(title: string, recovered: readonly RecoveredVm[]): void {
  const copy = 'Copy Addresses';
  void vscode.window
    .showErrorMessage(
      `${title}: ${qemuProgram} (of QEMU) is not on the PATH of the editor. Any hypervisor that opens NBD disks can run the VM instead.`,
      copy,
    )
    .then((choice) => {
      if (choice !== copy) return;
      const lines = recovered.flatMap(({ vm, disks }) => disks.map((disk) => `${vm} ${disk}`));
      void vscode.env.clipboard.writeText(lines.join('\n'));
    });
}

async function chooseVm(
  title: string,
  recovered: readonly RecoveredVm[],
): Promise<RecoveredVm | undefined> {
  const [only, ...others] = recovered;
  if (others.length === 0) return only;
  const items = recovered.map((each) => ({
    label: each.vm,
    description: each.disks.length === 1 ? '1 disk' : `${String(each.disks.length)} disks`,
    value: each,
  }));
  return (await choose(title, 'Which VM?', items))?.value;
}

const buses: readonly Choice<QemuMachine['bus']>[] = [
  { label: 'SATA', detail: 'Every system of the last fifteen years has a driver', value: 'sata' },
  { label: 'virtio', detail: 'Faster, where the system has its driver', value: 'virtio' },
  { label: 'IDE', detail: 'For older systems', value: 'ide' },
];

async function chooseMemory(title: string): Promise<number | undefined> {
  const read = (text: string): number | string => {
    const size = parseSize(text.trim());
    if (!size.ok) return size.message;
    return size.value < leastMemory ? '128MiB at least.' : size.value;
  };
  const text = await vscode.window.showInputBox({
    ...stays,
    title,
    prompt: 'How much memory it gets.',
    value: '1GiB',
    validateInput: (typed) => {
      const size = read(typed);
      return typeof size === 'string' ? size : undefined;
    },
  });
  const size = text === undefined ? undefined : read(text);
  return typeof size === 'number' ? size : undefined;
}

function displays(): readonly Choice<readonly string[]>[] {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  const canShow = process.platform !== 'linux' || Boolean(DISPLAY ?? WAYLAND_DISPLAY);
  return [
    ...(canShow ? [{ label: 'In a window', detail: "QEMU's own", value: [] }] : []),
    {
      label: 'In the terminal',
      detail: 'Its serial console; Ctrl+A, then X, switches it off',
      value: ['-nographic'],
    },
  ];
}
