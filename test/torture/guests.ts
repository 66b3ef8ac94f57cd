/**
 * The guests of a trial: they write, and the shadow follows what becomes of it.
 *
 * A VM has a shadow for each generation of its VPG. Before a commit a recovered VM writes to an image, and
 * what it wrote is kept beside the shadow; with the commit the image's content becomes the beginning of the
 * next shadow, on other disks.
 */
import { RecoveredMachine } from '../../src/engine/lab/guests.ts';
import type { RunningLab } from '../../src/engine/lab/running-lab.ts';
import { syntheticPayload } from '../../src/engine/world/payloads.ts';
import { createRandom } from '../../src/engine/world/random.ts';
import type { Payload } from '../../src/engine/world/payload.ts';
import type { Done } from '../../src/engine/world/world.ts';
import type { Topology, Vm } from '../../src/topology/model.ts';
import { datastores } from './scenario.ts';
import type { ActOf, Scenario, ScenarioVm } from './scenario.ts';
import { ShadowVm, differenceOf } from './shadow.ts';
import type { Difference, GuestWrite, PlacedWrite } from './shadow.ts';
import { Broken } from './witness.ts';
import type { Cut, Witness } from './witness.ts';

const sector = 512;
/** Writes that a guest has under way at most. */
const queueDepth = 64;
/** Writes to an image between two flushes. */
const flushEvery = 3;

type Machine = NonNullable<ReturnType<RunningLab['guest']>>;

/** Guests of the trial that runs, by their names. */
let present: ReadonlyMap<string, Guest> | undefined;

// What a VM writes by itself goes to a disk where it is seen, or to an image, where it is seen only here.
const writeToImage = Reflect.get(RecoveredMachine.prototype, 'write');
RecoveredMachine.prototype.write = function (disk, offset, payload, done): void {
  const guest = present?.get(this.name);
  const seen = guest ? guest.seeing(this, { disk, offset, payload }, done) : done;
  writeToImage.call(this, disk, offset, payload, seen);
};

/** What a recovered VM has written to the image that it runs on, over all lives of the VRA that holds it. */
interface RecoveredWrites {
  readonly image: string;
  /** Undefined since its VRA went down. */
  machine: Machine | undefined;
  /** In the order in which they were done. */
  readonly writes: PlacedWrite[];
  readonly underWay: Set<PlacedWrite>;
  /** So many of the writes a flush has made durable, or a crash has decided on. */
  settled: number;
  /** Done or not, but not flushed when the VRA went down: any part of them may be there. */
  readonly unsure: Set<PlacedWrite>;
}

/** What may have become disks. */
type Merged = Pick<RecoveredWrites, 'writes' | 'unsure'>;

/** A commit under way: what becomes of the image. */
interface Promotion {
  readonly generation: number;
  readonly cut: Cut;
  readonly image: string;
  /** What was written to images that went down with their VRA while they were promoted. */
  readonly lost: Merged[];
  /** What was on record to be merged: it becomes the disks, whatever happens to the VRA. */
  sealed: Merged | undefined;
  /** Its VRA went on from files that a datastore had lied about. */
  doubtful: boolean;
  /** Written to the new disks already. */
  readonly written: {
    readonly write: PlacedWrite;
    readonly at: number;
    by: GuestWrite | undefined;
  }[];
}

export class Guest {
  readonly #scenario: ScenarioVm;
  readonly #home: string;
  readonly #recoveryHost: string | undefined;
  readonly #group: string;
  readonly #lab: RunningLab;
  readonly #witness: () => Witness;
  readonly #vm: Vm;
  readonly #contents: number;
  readonly #shadows: ShadowVm[];
  #promotion: Promotion | undefined;
  #recovered: RecoveredWrites | undefined;
  /** The image that it was told to run on last. */
  #image = '';
  /** Where it wrote last. */
  #machine: Machine | undefined;
  #content = 0;
  #underWay = 0;
  #life = 0;
  #stopped = false;
  #frozen = 0;
  /** What it writes next is its own, and not what the VM does by itself. */
  #isOwn = false;

  constructor(
    scenario: Scenario,
    index: number,
    lab: RunningLab,
    topology: Topology,
    witness: () => Witness,
  ) {
    const own = scenario.vms[index];
    const vm = own && topology.sites.get(own.site)?.vms.get(own.name);
    if (!vm) throw new RangeError(`there is no VM ${index}`);
    this.#scenario = own;
    this.#lab = lab;
    this.#witness = witness;
    this.#vm = vm;
    // No two writes have the same content, whoever writes them.
    this.#contents = (index + 1) * 2 ** 40;
    const disks = own.disks.map((size, disk) => ({ name: `d${disk}`, size }));
    this.#shadows = [new ShadowVm(own.name, disks)];
    const group = scenario.vpgs.find(({ vms }) => vms.some((each) => each.vm === own.name));
    const member = group?.vms.find((each) => each.vm === own.name);
    this.#group = group?.name ?? '';
    this.#home = `${own.site}/${own.host}`;
    this.#recoveryHost = group && member && `${group.to}/${member.recoveryHost}`;
    for (const host of [this.#home, this.#recoveryHost]) {
      if (host === undefined) continue;
      lab.universe.process(`host ${host}`)?.onEnd(() => {
        this.#hostLost(host);
      });
      lab.universe.process(`vra ${host}`)?.onEnd(() => {
        this.#vraLost(host);
      });
    }
  }

  get name(): string {
    return this.#scenario.name;
  }

  get diskSizes(): readonly number[] {
    return this.#scenario.disks;
  }

  /** That of the newest generation. */
  get shadow(): ShadowVm {
    const last = this.#shadows.at(-1);
    if (!last) throw new RangeError(`${this.name} has no shadow`);
    return last;
  }

  shadowOf(generation: number): ShadowVm | undefined {
    return this.#shadows[generation];
  }

  /** How many failovers and moves of it have been committed, as seen on the wires. */
  get generation(): number {
    return this.#shadows.length - 1;
  }

  get runs(): boolean {
    return this.#lab.guest(this.#vm) !== undefined;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** They are the ones of the trial that runs now. */
  static follow(guests: ReadonlyMap<string, Guest>): void {
    present = guests;
  }

  /** Nobody writes while something runs. */
  static frozen(guests: Iterable<Guest>, run: () => void): void {
    const all = [...guests];
    for (const guest of all) guest.#frozen += 1;
    try {
      run();
    } finally {
      for (const guest of all) guest.#frozen -= 1;
    }
  }

  // --- Writes ----------------------------------------------------------------------------------

  /** Writes as often as the act says. */
  begin(act: ActOf<'writes'>): void {
    const random = createRandom(act.seed);
    const { universe } = this.#lab;
    const start = universe.now;
    for (let index = 0; index < act.count; index++) {
      universe.schedule(start + index * act.every, () => {
        const disk = random.integer(this.#scenario.disks.length);
        const size = this.#scenario.disks[disk] ?? 0;
        const room = act.within > 0 ? Math.min(size, act.within) : size;
        const sectors = Math.floor(room / sector);
        const offset = random.integer(sectors) * sector;
        // Most writes of a guest are small, whatever the largest is.
        const most = Math.max(1, Math.floor((act.largest * random.next() ** 3) / sector));
        const length = Math.min(most * sector, room - offset);
        const isZero = random.integer(100) < act.zeroes;
        if (isZero) this.zero(disk, offset, length);
        else this.write(disk, offset, length);
      });
    }
  }

  write(disk: number, offset: number, length: number, done?: () => void): void {
    const machine = this.#ready();
    if (!machine) return;
    this.#content += 1;
    const payload = syntheticPayload(this.#contents + this.#content, length);
    const write = this.#witness().submit(this.name, payload);
    const finish = this.#finisher(write, { disk, offset, payload }, done);
    this.#isOwn = true;
    machine.write(disk, offset, payload, finish);
    this.#isOwn = false;
  }

  /** It writes by itself to the image that it runs on: answers what to call when that is done. */
  seeing(machine: RecoveredMachine, placed: PlacedWrite, done: Done): Done {
    if (this.#isOwn || this.#lab.guest(this.#vm) !== machine) return done;
    this.#onto(machine);
    const recovered = this.#recovered;
    if (recovered?.machine !== machine) return done;
    const write = this.#witness().submit(this.name, placed.payload);
    recovered.underWay.add(placed);
    return (error) => {
      if (recovered.underWay.delete(placed) && !error && write.onDisk !== true) {
        this.#wroteToImage(recovered, placed);
      }
      done(error);
    };
  }

  zero(disk: number, offset: number, length: number): void {
    const machine = this.#ready();
    // To an image zeroes are data like any other, so they are left to disks.
    if (!machine || this.#recovered?.machine === machine) return;
    const write = this.#witness().submitZeroes(this.name, disk, offset, length);
    machine.zero(disk, offset, length, this.#finisher(write));
  }

  #ready(): Machine | undefined {
    if (this.#stopped || this.#frozen > 0) return undefined;
    const machine = this.#lab.guest(this.#vm);
    if (!machine) return undefined;
    this.#onto(machine);
    if (this.#underWay >= queueDepth) return undefined;
    this.#underWay += 1;
    return machine;
  }

  /** That is where it writes from now on. */
  #onto(machine: Machine): void {
    if (machine === this.#machine) return;
    this.#machine = machine;
    this.#underWay = 0;
    this.#life += 1;
    const onImage = machine !== this.#lab.machine(this.#vm);
    if (onImage) this.#runOn(machine);
  }

  /** On the image of a former life it goes on with what that left. */
  #runOn(machine: Machine): void {
    const image = this.#image;
    if (this.#recovered?.image === image) {
      this.#recovered.machine = machine;
    } else {
      const underWay = new Set<PlacedWrite>();
      const unsure = new Set<PlacedWrite>();
      this.#recovered = { image, machine, writes: [], underWay, settled: 0, unsure };
    }
  }

  #finisher(
    write: GuestWrite,
    placed?: PlacedWrite,
    done?: () => void,
  ): (error: Error | undefined) => void {
    const life = this.#life;
    const recovered = this.#recovered?.machine === this.#machine ? this.#recovered : undefined;
    if (recovered && placed) recovered.underWay.add(placed);
    return (error) => {
      // What waited for the end of a commit went to the new disks, where it was seen.
      if (recovered && placed && recovered.underWay.delete(placed)) {
        if (!error && write.onDisk !== true) this.#wroteToImage(recovered, placed);
      }
      if (life !== this.#life) return;
      this.#underWay -= 1;
      this.#witness().done(write);
      done?.();
    };
  }

  /** A guest flushes now and then. */
  #wroteToImage(recovered: RecoveredWrites, placed: PlacedWrite): void {
    recovered.writes.push(placed);
    const { machine, writes } = recovered;
    if (!machine || writes.length % flushEvery > 0) return;
    const before = writes.length;
    machine.flush(placed.disk, (error) => {
      if (!error && recovered.machine === machine) {
        recovered.settled = Math.max(recovered.settled, before);
      }
    });
  }

  // --- Disks -----------------------------------------------------------------------------------

  /** The disk that a path is, for a host that writes to it as its own. */
  diskAt(host: string, path: string): number | undefined {
    const disk = /\/d(\d+)\.(disk|replica)$/.exec(path);
    if (!disk) return undefined;
    const folder = disk[2] === 'disk' ? `vms/${this.name}` : `replicas/${this.#group}/${this.name}`;
    const isHere = disk[2] === 'disk' ? host === this.#home : host === this.#recoveryHost;
    return isHere && path.includes(`/${folder}/d`) ? Number(disk[1]) : undefined;
  }

  /** Its host has begun to write to a disk of its own. */
  wrote(host: string, write: PlacedWrite, at: number, by: GuestWrite | undefined): void {
    if (by) by.onDisk = true;
    if (this.#promotion && this.#hostOf(this.#promotion.generation) === host) {
      this.#promotion.written.push({ write, at, by });
      return;
    }
    this.#shadowOn(host)?.wrote(write.disk, write.offset, write.payload, at, by);
  }

  #hostOf(generation: number): string | undefined {
    return generation % 2 === 0 ? this.#home : this.#recoveryHost;
  }

  #shadowOn(host: string): ShadowVm | undefined {
    return this.#shadows.findLast((_, generation) => this.#hostOf(generation) === host);
  }

  #pathOf(generation: number, disk: number): string {
    return generation % 2 === 0
      ? `${datastores.production}/vms/${this.name}/d${disk}.disk`
      : `${datastores.recovery}/replicas/${this.#group}/${this.name}/d${disk}.replica`;
  }

  #peek(generation: number, disk: number): Payload | undefined {
    const site = this.#hostOf(generation)?.split('/')[0] ?? '';
    const { universe } = this.#lab;
    const found = universe.topology.sites.get(site);
    return found && universe.peek(found, this.#pathOf(generation, disk));
  }

  /** A host lost its power: what is left of the disks is what the shadow goes on from. */
  #hostLost(host: string): void {
    // It may run at the other site by now.
    if (!this.#machine || this.#lab.guest(this.#vm) !== this.#machine) {
      this.#life += 1;
      this.#underWay = 0;
      this.#machine = undefined;
      this.#witness().forgetSubmitted(this.name);
    }
    this.#doubtPromotion(host);
    const { now } = this.#lab.universe;
    const generation = this.#shadows.findLastIndex((_, each) => this.#hostOf(each) === host);
    for (const disk of this.#scenario.disks.keys()) {
      const content = generation >= 0 ? this.#peek(generation, disk) : undefined;
      if (content) this.#shadows[generation]?.left(disk, content, now);
    }
  }

  /** Images died with the VRA, and with them what was written to them and not flushed. */
  #vraLost(host: string): void {
    this.#doubtPromotion(host);
    const recovered = this.#recovered;
    if (!recovered?.machine || this.#hostOf(this.generation + 1) !== host) return;
    const { writes, unsure, underWay } = recovered;
    if (this.#promotion?.generation === this.generation + 1) {
      this.#promotion.lost.push({ writes: [...writes], unsure: new Set(unsure) });
    }
    recovered.machine = undefined;
    // A datastore that lied about a flush, or lies when it is asked for it, vouches for nothing.
    const sure = this.#witness().lies.doubts(this.name) ? 0 : recovered.settled;
    for (const write of writes.slice(sure)) unsure.add(write);
    for (const write of underWay) {
      writes.push(write);
      unsure.add(write);
    }
    underWay.clear();
    recovered.settled = writes.length;
  }

  #doubtPromotion(host: string): void {
    const promotion = this.#promotion;
    if (!promotion || this.#hostOf(promotion.generation) !== host) return;
    promotion.doubtful ||= this.#witness().lies.doubts(this.name);
  }

  // --- Recoveries ------------------------------------------------------------------------------

  /** A VRA was told to run it on an image. */
  runsOn(image: string): void {
    this.#image = image;
  }

  /** Where an image that it runs on differs from the checkpoint and what it wrote since. */
  recoveredDifference(cut: Cut, disk: number, actual: Payload): Difference | undefined {
    if (this.#mergedOf(this.#image).writes.length > 0) return undefined;
    return cut.shadow.difference(cut.entries, disk, actual);
  }

  /** Whether its writes at this moment tell what an image holds. */
  get untouched(): boolean {
    const recovered = this.#recovered;
    if (!recovered) return true;
    const writes = recovered.image === this.#image ? recovered.writes : [];
    return writes.length === 0 && recovered.underWay.size === 0 && this.#underWay === 0;
  }

  /** A VRA was told to make the image at a checkpoint its disks, for good. */
  promoting(generation: number, cut: Cut, image: string): void {
    if (this.generation !== generation || this.#promotion) return;
    this.#promotion = {
      generation: generation + 1,
      cut,
      image,
      lost: [],
      sealed: undefined,
      doubtful: false,
      written: [],
    };
  }

  sealed(): void {
    if (this.#promotion) this.#promotion.sealed ??= this.#mergedOf(this.#promotion.image);
  }

  #mergedOf(image: string): Merged {
    const recovered = this.#recovered?.image === image ? this.#recovered : undefined;
    return { writes: [...(recovered?.writes ?? [])], unsure: new Set(recovered?.unsure) };
  }

  /** The VRA says that it is done: these disks are the VM's. */
  promoted(generation: number): void {
    const promotion = this.#promotion;
    if (promotion?.generation !== generation + 1) return;
    this.#promotion = undefined;
    const { lies } = this.#witness();
    lies.forget(this.name);
    const { cut, image, lost, sealed, doubtful, written } = promotion;
    const candidates = sealed ? [sealed] : [...lost, this.#mergedOf(image)];
    const { disks } = this.shadow;
    const problems: string[] = [];
    for (const { writes, unsure } of candidates) {
      const next = new ShadowVm(this.name, disks);
      const { now } = this.#lab.universe;
      const takeAsItIs = (disk: number, offset: number, length: number): void => {
        const held = this.#peek(generation + 1, disk)?.slice(offset, offset + length);
        if (held) next.wrote(disk, offset, held, now, undefined);
      };
      for (const disk of disks.keys()) {
        next.wrote(disk, 0, cut.shadow.diskAt(cut.entries, disk), now, undefined);
      }
      for (const write of writes) {
        const { disk, offset, payload } = write;
        if (unsure.has(write)) takeAsItIs(disk, offset, payload.length);
        else next.wrote(disk, offset, payload, now, undefined);
      }
      for (const disk of disks.keys()) {
        for (const at of lies.harmed(image, disk)) {
          if (writes.some((write) => touches(write, disk, at))) takeAsItIs(disk, at, sector);
        }
      }
      for (const { write, at, by } of written) {
        next.wrote(write.disk, write.offset, write.payload, at, by);
      }
      if (doubtful) {
        // Any part of what was written may be there. Where nothing was, the checkpoint is.
        const touched = [
          ...candidates.flatMap((each) => each.writes),
          ...written.map(({ write }) => write),
        ];
        for (const { disk, offset, payload } of touched) takeAsItIs(disk, offset, payload.length);
      }
      const problem = this.#differs(next, generation + 1);
      if (problem === undefined) {
        this.#shadows.push(next);
        this.#recovered = undefined;
        return;
      }
      problems.push(problem);
    }
    this.#witness().fail(
      new Broken(
        'a commit keeps the checkpoint and what was written since',
        `${this.name} was committed, and ${problems.join('; or ')}`,
      ),
    );
  }

  /** Where its disks are not what was written to them. */
  get diskProblem(): string | undefined {
    return this.#differs(this.shadow, this.generation);
  }

  #differs(shadow: ShadowVm, generation: number): string | undefined {
    for (const [disk, { name }] of shadow.disks.entries()) {
      const actual = this.#peek(generation, disk);
      if (!actual) return `its disk ${name} is not there`;
      const difference = differenceOf(shadow, disk, actual);
      if (difference) return `${name} at ${difference.offset} ${difference.what}`;
    }
    return undefined;
  }
}

function touches({ disk, offset, payload }: PlacedWrite, onDisk: number, at: number): boolean {
  return disk === onDisk && offset < at + sector && at < offset + payload.length;
}
