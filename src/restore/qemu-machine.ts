/** A recovered VM as QEMU runs it. */

export const qemuProgram = 'qemu-system-x86_64';
const mebibyte = 2 ** 20;
/** Bytes that QEMU gives a machine unless it is told otherwise; no system of today starts with less. */
export const leastMemory = 128 * mebibyte;

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
