/** The lab on the real machine: see {@link RealLab}. */
import type { Component, Link, PowerVerb, Site, Topology, Vm } from '../../topology/model.ts';
import type { LabSnapshot, Reply, Request, Timeline } from '../api.ts';
import type { Image } from '../journal/journal.ts';
import type { ExportedDisk } from '../nbd/exported-disk.ts';
import type { Copy } from '../vra/copies.ts';
import type { NodeUniverse } from '../world/node.ts';
import { Estate, isRunnable } from './estate.ts';
import type { KeptEstate } from './estate.ts';
import { ExportedCopyDisk } from './exported-copy-disk.ts';
import { ExportedGuestDisk } from './exported-guest-disk.ts';
import { ExportedImageDisk } from './exported-image-disk.ts';
import { startWorkloads } from './live-workload.ts';
import { ZvmMachine } from './machines.ts';
import type {
  LabProblem,
  OpenImage,
  RealLab,
  RealLabOptions,
  TakenCopies,
  TakenMounts,
} from './real-lab.ts';
import { removeLeftoverCopies } from './leftover-copies.ts';
import { MountedImages } from './mounted-images.ts';
import { patienceOf, takerOf, unanswered } from './requests.ts';
import { Shift } from './snapshots.ts';
import type { LinkChange } from './types.ts';

/** Milliseconds between two looks at what may have changed by itself. */
const beat = 1000;
/** Milliseconds between two looks while it starts. */
const startingBeat = 5;
/** Milliseconds that a start waits for disks to open and states to be read. */
const startTime = 60_000;
/** Exit status of a script that nobody runs, as shells have it for a command that is not there. */
const notFound = 127;

interface ShownImage extends OpenImage {
  readonly image: Image;
  readonly disks: ReadonlyMap<string, ExportedImageDisk>;
}

export class LiveLab implements RealLab {
  readonly #universe: NodeUniverse;
  readonly #estate: Estate;
  readonly #save: (estate: KeptEstate) => void;
  readonly #disks: ReadonlyMap<string, ExportedGuestDisk>;
  readonly #images = new Map<string, ShownImage>();
  readonly #mounts: MountedImages;
  readonly #listeners = new Set<() => void>();
  readonly #problemListeners = new Set<(problem: LabProblem) => void>();
  /** What went wrong before anybody listened. */
  #unheard: LabProblem[] = [];
  readonly #begin: number;
  readonly #shift = new Shift(0, 0);
  #stopping: Promise<void> | undefined;

  /**
   * @param kept what an earlier lab left
   * @param save keeps it for a later one: durable when it returns; throws where it cannot be
   */
  constructor(
    universe: NodeUniverse,
    options: RealLabOptions,
    kept: KeptEstate | undefined,
    save: (estate: KeptEstate) => void,
  ) {
    this.#universe = universe;
    this.#save = save;
    const { topology } = universe;
    this.#estate = new Estate(universe, {
      begin: options.begin ?? 'protected',
      // An NBD client says itself when it has to be sure; and no guest hears that it has to shut down.
      hosts: { writeThrough: false, activityLog: true, shutdownTime: 0 },
      kept,
      keep: (estate) => this.#keep(estate),
      runScript: (vpg, which, done) => {
        const script = topology.vpgs.get(vpg)?.scripts[which];
        if (!script || !options.runScript) {
          universe.schedule(universe.now, () => {
            done(script ? notFound : 0);
          });
          return;
        }
        const { command, timeout } = script;
        options.runScript({ vpg, which, command, timeout }, done);
      },
      vmFailed: (_host, vm, error) => {
        const why = error?.message ?? 'no reason given';
        this.#report({ subject: vm, message: `The disks of ${vm} cannot be opened: ${why}` });
      },
    });
    removeLeftoverCopies(universe, topology, (subject, message) => {
      this.#report({ subject, message });
    });
    this.#mounts = new MountedImages(this.#estate);
    this.#disks = this.#exportDisks(topology);
    this.#begin = universe.now;
    if (options.workload === true) {
      startWorkloads(topology, {
        now: () => universe.now,
        schedule: (at, run) => universe.schedule(at, run),
        random: universe.random,
        guestOf: (vm) => (this.#stopping ? undefined : this.#estate.guestOf(vm)),
        disksOf: (vm) => this.#disksOf(vm),
        traceOf: options.traceOf,
        report: (problem) => {
          this.#report(problem);
        },
      });
    }
    this.#estate.powerUp();
    this.#estate.beginSampling();
    universe.schedule(universe.now + beat, this.#tick);
  }

  /** Calls back when all disks are open, or known not to open, and all ZVMs have read their state. */
  whenUp(done: () => void): void {
    const until = this.#universe.now + startTime;
    const look = (): void => {
      const up = this.#universe.now >= until || this.#isUp;
      if (up) done();
      else this.#universe.schedule(this.#universe.now + startingBeat, look);
    };
    look();
  }

  get #isUp(): boolean {
    for (const host of this.#estate.hosts.values()) if (host.running && !host.settled) return false;
    for (const { running, last } of this.#estate.zvms.values()) {
      if (running && !last?.core && last?.failure === undefined) return false;
    }
    return true;
  }

  get now(): number {
    return this.#universe.now;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const flushed = [...this.#disks.values()].map(
      (disk) =>
        new Promise<void>((resolve) => {
          // A disk that is off has nothing to flush; one that fails says so to whoever wrote.
          disk.flush(() => {
            resolve();
          });
        }),
    );
    await Promise.all(flushed);
    this.#listeners.clear();
    await new Promise<void>((resolve) => {
      this.#universe.stop(resolve);
    });
    for (const disk of this.#disks.values()) disk.end();
    for (const { disks } of this.#images.values()) for (const disk of disks.values()) disk.end();
    this.#mounts.end();
  }

  // --- Harm and repair -------------------------------------------------------------------------

  power(component: Component, verb: PowerVerb): void {
    this.#estate.power(component, verb);
    this.#changed();
  }

  cutLink(link: Link): void {
    this.#estate.cutLink(link);
    this.#changed();
  }

  healLink(link: Link): void {
    this.#estate.healLink(link);
    this.#changed();
  }

  degradeLink(link: Link, change: LinkChange): void {
    this.#estate.degradeLink(link, change);
    this.#changed();
  }

  // --- Requests --------------------------------------------------------------------------------

  request(site: Site | undefined, request: Request): Promise<Reply> {
    const asked = takerOf(request, site, this.#estate.topology, this.#estate.zvms);
    if (!(asked instanceof ZvmMachine)) return Promise.resolve(asked);
    const patience = patienceOf(request);
    return new Promise((resolve) => {
      const answer = (reply: Reply): void => {
        timer.cancel();
        this.#changed();
        resolve(reply);
      };
      const timer = this.#universe.schedule(this.#universe.now + patience, () => {
        answer(unanswered(asked, patience));
      });
      asked.last?.ask(request, answer);
    });
  }

  // --- Views -----------------------------------------------------------------------------------

  snapshot(): LabSnapshot {
    return this.#estate.snapshot(this.#shift);
  }

  timeline(): Timeline {
    return this.#estate.timeline(this.#begin, this.#shift);
  }

  disks(): ReadonlyMap<string, ExportedDisk> {
    return this.#disks;
  }

  images(): readonly OpenImage[] {
    const open = new Map<string, ShownImage>();
    for (const [name, machine] of this.#estate.vras) {
      for (const [id, image] of machine.vra?.images() ?? []) {
        const known = this.#images.get(id);
        open.set(id, known?.image === image ? known : this.#show(id, name, image));
      }
    }
    for (const [id, shown] of this.#images) {
      if (open.get(id) === shown) continue;
      this.#images.delete(id);
      for (const disk of shown.disks.values()) disk.sweep();
    }
    for (const [id, shown] of open) this.#images.set(id, shown);
    return [...open.values()];
  }

  takeCopies(images: Readonly<Record<string, string>>): TakenCopies {
    const taken = new Map<string, Copy>();
    const disks = new Map<string, ExportedDisk>();
    for (const [subject, id] of Object.entries(images)) {
      let copy = taken.get(id);
      if (!copy) {
        copy = this.#estate.takeCopy(id);
        if (!copy) continue;
        taken.set(id, copy);
      }
      const name = subject.slice(subject.lastIndexOf('/') + 1);
      const index = copy.disks.findIndex((disk) => disk.name === name);
      if (index >= 0) disks.set(subject, new ExportedCopyDisk(subject, copy, index));
    }
    const discard = async (): Promise<void> => {
      const discarded = [...taken.values()].map(
        (copy) =>
          new Promise<void>((resolve) => {
            copy.discard((problem) => {
              if (problem !== undefined) this.#report({ subject: 'a copy', message: problem });
              resolve();
            });
          }),
      );
      await Promise.all(discarded);
    };
    return { disks, discard };
  }

  takeMounts(images: Readonly<Record<string, string>>): TakenMounts {
    return this.#mounts.take(images);
  }

  #show(id: string, vra: string, image: Image): ShownImage {
    const present = (): Image | undefined => this.#estate.image(id);
    const disks = image.disks.map(
      ({ name }, index) => [name, new ExportedImageDisk(image, index, present)] as const,
    );
    return { id, vra, image, disks: new Map(disks) };
  }

  #disksOf(vm: Vm): readonly ExportedDisk[] {
    return [...vm.disks.keys()].flatMap((name) => {
      const called = `${vm.name}/${name}`;
      return this.#disks.get(`${vm.site.name}/${called}`) ?? this.#disks.get(called) ?? [];
    });
  }

  #exportDisks(topology: Topology): ReadonlyMap<string, ExportedGuestDisk> {
    const vms = [...topology.sites.values()].flatMap((site) => [...site.vms.values()]);
    const disks = new Map<string, ExportedGuestDisk>();
    for (const vm of vms) {
      if (!isRunnable(vm)) continue;
      const alone = vms.filter(({ name }) => name === vm.name).length === 1;
      const called = alone ? vm.name : `${vm.site.name}/${vm.name}`;
      for (const [index, { name, size }] of [...vm.disks.values()].entries()) {
        const guest = (): ReturnType<Estate['guestOf']> =>
          this.#stopping ? undefined : this.#estate.guestOf(vm);
        const subject = `${called}/${name}`;
        disks.set(subject, new ExportedGuestDisk(subject, index, size, guest));
      }
    }
    return disks;
  }

  // --- Events ----------------------------------------------------------------------------------

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  onProblem(listener: (problem: LabProblem) => void): () => void {
    this.#problemListeners.add(listener);
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const problem of unheard) listener(problem);
    return () => {
      this.#problemListeners.delete(listener);
    };
  }

  #report(problem: LabProblem): void {
    if (this.#problemListeners.size === 0) this.#unheard.push(problem);
    for (const listener of this.#problemListeners) listener(problem);
  }

  #keep(estate: KeptEstate): string | undefined {
    try {
      this.#save(estate);
      return undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `What runs where cannot be stored: ${why}`;
      this.#report({ subject: 'state folder', message });
      return message;
    }
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  readonly #tick = (): void => {
    this.#universe.schedule(this.#universe.now + beat, this.#tick);
    for (const disk of this.#disks.values()) disk.sweep();
    this.#mounts.sweep();
    this.images();
    this.#changed();
  };
}
