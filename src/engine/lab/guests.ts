/** The VMs of a host as its hypervisor knows them: whose disks they have, and whether they are on. */
import type { DiskFile } from '../disk/open-disks.ts';
import type { ProtectedMachine } from '../disk/write-tap.ts';
import type { Image } from '../journal/journal.ts';
import type { Payload } from '../world/payload.ts';
import { zeroes } from '../world/payloads.ts';
import { WorldError } from '../world/world.ts';
import type { Answer, Done } from '../world/world.ts';

/** A running VM, as its guest uses it. */
export type GuestMachine = Pick<
  ProtectedMachine,
  'name' | 'disks' | 'write' | 'zero' | 'read' | 'flush'
>;

export interface Guest {
  readonly name: string;
  /** None while a recovered VM runs on an image. */
  readonly disks: readonly DiskFile[];
  on: boolean;
  /** Grows with every word about its power: the last one counts. */
  orders: number;
  readonly recovered: RecoveredMachine | undefined;
  /** What it ran on before it got disks of its own, until those are open. */
  arriving?: RecoveredMachine | undefined;
}

/** A recovered VM whose disks are an image: what it writes lies in the image's scratch. */
export class RecoveredMachine implements GuestMachine {
  readonly name: string;
  readonly image: Image;
  #held: (() => void)[] | undefined;
  #underWay = 0;
  #idle: (() => void) | undefined;
  /** Its own disks, once it has them. */
  #moved: GuestMachine | undefined;

  constructor(name: string, image: Image) {
    this.name = name;
    this.image = image;
  }

  get disks(): ProtectedMachine['disks'] {
    return this.image.disks;
  }

  write(disk: number, offset: number, payload: Payload, done: Done): void {
    const write = (): void => {
      if (this.#moved) {
        this.#moved.write(disk, offset, payload, done);
        return;
      }
      this.#underWay += 1;
      this.image.write(disk, offset, payload, (error) => {
        this.#underWay -= 1;
        // An image that was closed takes its VM with it: nobody is left to be told.
        if (error?.code !== 'closed') done(error && asWorldError(error, this.name));
        if (this.#underWay === 0) this.#idle?.();
      });
    };
    if (this.#held) this.#held.push(write);
    else write();
  }

  zero(disk: number, offset: number, length: number, done: Done): void {
    this.write(disk, offset, zeroes(length), done);
  }

  read(disk: number, offset: number, length: number, done: Answer<Payload>): void {
    this.image.read(disk, offset, length, (error, payload) => {
      done(error && asWorldError(error, this.name), payload);
    });
  }

  /** What was written before is there again when the image is opened anew after its VRA went down. */
  flush(disk: number, done: Done): void {
    if (this.#moved) this.#moved.flush(disk, done);
    else
      this.image.flush((error) => {
        // An image that was closed takes its VM with it: nobody is left to be told.
        if (error?.code !== 'closed') done(error && asWorldError(error, this.name));
      });
  }

  /** Writes wait from now on; calls back when none is under way. */
  hold(idle: () => void): void {
    this.#held ??= [];
    if (this.#underWay === 0) idle();
    else
      this.#idle = () => {
        this.#idle = undefined;
        idle();
      };
  }

  /** What waited goes to the disks that the VM has now. */
  handOver(machine: GuestMachine): void {
    this.#moved = machine;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const write of held) write();
  }
}

function asWorldError(error: { code: string; message: string }, name: string): WorldError {
  const full = error.code === 'scratch-full' || error.code === 'no-space';
  return new WorldError(full ? 'no-space' : 'input-output', name, error.message);
}
