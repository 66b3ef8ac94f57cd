/** Plain stand-ins for tests of the cores: a driver's attachment and a stream's settings. */
import type { Attachment, DirtyRun } from '../../../src/engine/disk/write-tap.ts';
import { dirtyBlockSize } from '../../../src/engine/disk/write-tap.ts';
import type { ProtectedStream, RecoveryStream } from '../../../src/engine/vra/messages.ts';

export const stream = 'files/vm';
export const peer = { vra: 'Right/esx-r', address: '10.10.10.21' };
export const sender = { vra: 'Left/esx-l', address: '192.168.100.21' };
const settings = { stream, vpg: 'files', vm: 'vm', disks: [{ name: 'data', size: 2 ** 30 }] };

export function protectedStream(change: Partial<ProtectedStream> = {}): ProtectedStream {
  const rest = { peer, compression: true, priority: 'medium', paused: false } as const;
  return { ...settings, ...rest, ...change };
}

export function recoveryStream(change: Partial<RecoveryStream> = {}): RecoveryStream {
  return {
    ...settings,
    peer: sender,
    history: 3_600_000,
    replicaFolder: 'ds/replica',
    journalFolder: 'ds/journal',
    scratchFolder: 'ds/scratch',
    ...change,
  };
}

/** An attachment with one disk, whose dirty blocks are a set and whose calls are kept. */
export class AttachmentDouble implements Attachment {
  readonly stream = stream;
  readonly dirty = new Set<number>();
  readonly acknowledgements: number[] = [];
  readonly drops: number[] = [];
  baseline = true;
  confirmed = { epoch: 0, sequence: 0 };
  holding = false;

  setBaseline(): void {
    this.baseline = true;
  }

  get dirtyBytes(): number {
    return this.dirty.size * dirtyBlockSize;
  }

  nextDirty(disk: number, from: number): DirtyRun | undefined {
    if (disk > 0) return undefined;
    const blocks = [...this.dirty].sort((a, b) => a - b);
    const block = blocks.find((each) => each * dirtyBlockSize >= from);
    if (block === undefined) return undefined;
    return { disk, offset: block * dirtyBlockSize, length: dirtyBlockSize, zero: false };
  }

  markDirty(_disk: number, offset: number, length: number): void {
    for (let at = offset; at < offset + length; at += dirtyBlockSize) {
      this.dirty.add(Math.floor(at / dirtyBlockSize));
    }
  }

  markEverything(): void {
    for (let block = 0; block < 4; block++) this.dirty.add(block);
  }

  readonly suspectBytes = 0;

  nextSuspect(): undefined {
    return undefined;
  }

  compared(): void {
    throw new Error('nothing is suspect');
  }

  clearDirty(): void {
    this.dirty.clear();
  }

  sent(_sequence: number, _disk: number, offset: number): void {
    this.dirty.delete(offset / dirtyBlockSize);
  }

  acknowledged(upTo: number): void {
    this.acknowledgements.push(upTo);
  }

  drop(from: number): void {
    this.drops.push(from);
  }

  read(): void {
    throw new Error('the core asks for reads by effects');
  }

  hold(): void {
    this.holding = true;
  }

  release(): void {
    this.holding = false;
  }

  detach(): void {
    this.holding = false;
  }
}
