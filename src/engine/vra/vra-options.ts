/** What a VRA is started with, and what is read of it while it runs. */
import type { ProtectedMachine } from '../disk/write-tap.ts';
import type { Image } from '../journal/journal.ts';
import type { Copy } from './copies.ts';
import type { Hypervisor } from './hypervisor.ts';
import type { ImageId } from './messages.ts';
import type { QuietVra } from './quiet-vra.ts';

export interface VraOptions {
  /** What names this VRA everywhere: the `vra` of a {@link VraAddress}. Unique over all sites. */
  readonly name: string;
  /** Reserved memory in bytes; the buffer is what topology/limits leaves of it. */
  readonly memory: number;
  /** Where its configuration is kept, as `datastore/folder`. */
  readonly folder: string;
  /**
   * The machines of its host, by VM name: only those whose driver shares this host's memory. The VRA
   * attaches to those that it is told to protect, also to ones that are added later. Whoever ends the
   * VRA's process calls `detachAll` on them, because a process that ended cannot.
   */
  readonly machines: ReadonlyMap<string, ProtectedMachine>;
  /** Undefined where nobody runs VMs for the VRA: then it can recover nothing for good. */
  readonly hypervisor?: Hypervisor | undefined;
}

/** What is read of a VRA beside the network: only by the lab that owns it. */
export interface Vra {
  readonly name: string;
  /** Bytes in use by role, and counters in bytes since the start. Cheap; reads memory only. */
  load(): VraLoad;
  /** An image that `open-image` opened, to read the recovered disks by; undefined: none such. */
  image(image: ImageId): Image | undefined;
  /** All images that are open now. */
  images(): ReadonlyMap<ImageId, Image>;
  /** An image that was opened to be read only, by whoever asked its ZVM for it. */
  mount(image: ImageId): Image | undefined;
  /** The same, which belongs to the caller from then on. */
  takeMount(image: ImageId): Image | undefined;
  closeMount(image: ImageId): void;
  /** Undefined while anything is under way that is not a stream's own. */
  quiet(): QuietVra | undefined;
  /** The copy that a task made. */
  copy(task: string): Copy | undefined;
  /** The same, which belongs to the caller from then on. */
  takeCopy(task: string): Copy | undefined;
}

export interface VraLoad {
  readonly sendBuffer: number;
  readonly receiveBuffer: number;
  /** Compressed bytes put on the wire to other VRAs. */
  readonly transmitted: number;
  /** Compressed bytes taken from the wire. */
  readonly received: number;
  /** Bytes of frames that became durable in journals. */
  readonly written: number;
  /** Level of compression that the host's CPU allows now; 0: it is off. */
  readonly compression: number;
}
