/** One trial: an engine lives through a scenario, and its promises are held against the shadow. */
import { RunningLab } from '../../src/engine/lab/running-lab.ts';
import { LabError } from '../../src/engine/lab/types.ts';
import type { Reply, Request, VpgSnapshot } from '../../src/engine/api.ts';
import { syntheticPayload } from '../../src/engine/world/payloads.ts';
import { createRandom } from '../../src/engine/world/random.ts';
import type { Random } from '../../src/engine/world/world.ts';
import {
  checkpointInterval,
  historyWarningShare,
  receiveBufferShare,
  sendBufferShare,
  vraBufferPool,
} from '../../src/topology/limits.ts';
import type { Topology } from '../../src/topology/model.ts';
import { Guest } from './guests.ts';
import { Harm } from './harm.ts';
import type { Act, ActOf, Scenario } from './scenario.ts';
import { pickOf } from './pick.ts';
import { Recoveries } from './recoveries.ts';
import { topologyOf } from './topology.ts';
import { Broken, Witness } from './witness.ts';

/** Milliseconds. */
const lookEvery = 2500;
/** After harm has ended every VPG has to meet its SLA within this. */
const healingTime = 300_000;
/**
 * The same where something is recovered: a move that was begun before waits ten minutes for its source to be
 * drained, and a shutdown five for its guests, before they are given up.
 */
const healingTimeOfRecoveries = 1_200_000;
/** Checkpoints of a VPG that are looked at in the end. */
const finalChecks = 6;
/** The same after a rest: an image of an hour's history takes its time. */
const restChecks = 4;
/** Milliseconds of a rest with a failover test that nobody ends. */
const testedRest = 600_000;
/** Milliseconds that are lived through behind the last leap of a rest, with some to spare. */
const landing = 60_000;
/** Cuts and clocks are not exact to the event. */
const rpoTolerance = 100;

export interface Outcome {
  readonly broken: Broken | undefined;
  /** Virtual milliseconds from the end of harm until all was well. */
  readonly healed: number;
  /** Checkpoints whose images were compared. */
  readonly compared: number;
  /** Those of them that were made in stretches that time leapt over. */
  readonly comparedLeapt: number;
  /** Markers in such stretches. */
  readonly leapt: number;
  readonly catalogued: number;
  readonly events: number;
  /** A hash over every event of the simulation. */
  readonly trace: number;
  /** Refusals and detected damage, by reason: to see what a trial was worth. */
  readonly notes: ReadonlyMap<string, number>;
}

export interface TrialOptions {
  /** Is told what is done, as it is done. */
  readonly log?: (line: string) => void;
  /** Is told everything that crosses a wire or is written: what two runs of a scenario have in common. */
  readonly record?: (line: string) => void;
}

export function runTrial(scenario: Scenario, options: TrialOptions = {}): Outcome {
  const trial = new Trial(scenario, options);
  let broken: Broken | undefined;
  try {
    trial.run();
  } catch (error) {
    if (!(error instanceof Broken)) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      broken = new Broken('the engine never throws', what);
    } else broken = error;
  }
  return trial.outcome(broken);
}

class Trial {
  readonly #scenario: Scenario;
  readonly #topology: Topology;
  readonly #lab: RunningLab;
  readonly #witness: Witness;
  readonly #guests = new Map<string, Guest>();
  readonly #harm: Harm;
  readonly #random: Random;
  readonly #restRandom: Random;
  #start: number;
  readonly #log: ((line: string) => void) | undefined;
  readonly #notes = new Map<string, number>();
  /** The newest checkpoint that was looked at, by VPG. */
  readonly #seen = new Map<string, number>();
  readonly #recoveries: Recoveries;
  /** VPGs with a test that could not be stopped. */
  readonly #testing = new Set<string>();
  #compared = 0;
  #comparedLeapt = 0;
  #catalogued = 0;
  #healed = 0;

  constructor(scenario: Scenario, options: TrialOptions) {
    this.#scenario = scenario;
    this.#log = options.log;
    this.#topology = topologyOf(scenario);
    this.#random = createRandom(scenario.seed).fork('trial');
    this.#restRandom = createRandom(scenario.seed).fork('rest of the trial');
    const { seed, activityLog, rest } = scenario;
    // Every other one lives by heartbeats, as the engine does on a real machine. Those know of no quiet time.
    const heartbeats = seed % 2 === 1 && !rest;
    this.#lab = new RunningLab(this.#topology, {
      seed,
      begin: 'protected',
      activityLog,
      heartbeats,
      leaps: rest !== undefined,
    });
    const { universe } = this.#lab;
    for (const [index, vm] of scenario.vms.entries()) {
      const guest = new Guest(scenario, index, this.#lab, this.#topology, () => this.#witness);
      this.#guests.set(vm.name, guest);
    }
    const buffers = new Map<string, { send: number; receive: number }>();
    for (const site of this.#topology.sites.values()) {
      for (const { name, vra } of site.hosts.values()) {
        const pool = vraBufferPool(vra?.memory ?? 0);
        const limits = { send: pool * sendBufferShare, receive: pool * receiveBufferShare };
        buffers.set(`${site.name}/${name}`, limits);
      }
    }
    this.#witness = new Witness({
      universe,
      guests: this.#guests,
      buffers,
      mayForget: () => this.#harm.mayForget,
      mayRetreat: () => this.#harm.mayRetreat,
      record: options.record,
    });
    this.#harm = new Harm(scenario, this.#topology, this.#lab, this.#witness);
    this.#recoveries = new Recoveries({
      scenario,
      topology: this.#topology,
      lab: this.#lab,
      witness: this.#witness,
      guests: this.#guests,
      note: (what, reply) => {
        this.#note(what, reply);
      },
    });
    universe.observe(this.#witness);
    Guest.follow(this.#guests);
    this.#start = universe.now;
  }

  get #now(): number {
    return this.#lab.universe.now - this.#start;
  }

  outcome(broken: Broken | undefined): Outcome {
    return {
      broken,
      healed: this.#healed,
      compared: this.#compared,
      comparedLeapt: this.#comparedLeapt,
      leapt: this.#witness.leapt,
      catalogued: this.#catalogued,
      events: this.#lab.universe.eventCount,
      trace: this.#lab.universe.trace,
      notes: this.#notes,
    };
  }

  run(): void {
    const { harm, mode, rest } = this.#scenario;
    if (rest) this.#rest(rest.before, rest.lands);
    this.#start = this.#lab.universe.now;
    const acts = [...this.#scenario.acts].sort((a, b) => a.at - b.at);
    let ended = false;
    for (const act of acts) {
      if (act.do === 'test') continue;
      this.#lab.universe.schedule(this.#start + act.at, () => {
        if (ended) return;
        this.#log?.(`${this.#now.toFixed(1)} ${JSON.stringify(act)}`);
        this.#take(act);
      });
    }
    // A test is looked into as it goes on, and everything else happens meanwhile.
    for (const act of acts) {
      if (act.do !== 'test') continue;
      this.#live(act.at);
      this.#log?.(`${this.#now.toFixed(1)} ${JSON.stringify(act)}`);
      this.#test(act);
    }
    this.#live(harm);
    ended = true;
    this.#harm.endAll();
    for (const guest of this.#guests.values()) guest.stop();
    this.#log?.(`${this.#now.toFixed(1)} harm has ended`);
    if (mode === 'bounded') {
      this.#awaitHealing();
      if (rest && rest.after > 0) this.#rest(rest.after, true);
    } else this.#live(this.#now + 60_000);
    for (const { name } of this.#scenario.vpgs) this.#checkSome(name, finalChecks, this.#random);
    this.#look();
  }

  /** Lives on, and looks every now and then whether all promises are kept. */
  #live(until: number): void {
    const { universe } = this.#lab;
    const end = this.#start + until;
    while (universe.now < end) {
      universe.run(Math.min(end, (Math.floor(universe.now / lookEvery) + 1) * lookEvery));
      this.#look();
    }
  }

  /** Nobody does anything but what VMs do by themselves, so that time leaps. All is well behind it. */
  #rest(duration: number, lands: boolean): void {
    const end = this.#lab.now + duration;
    if (duration > 2 * testedRest && this.#restRandom.next() < 0.3) this.#restOnTest();
    this.#log?.(`${this.#now.toFixed(1)} rests for ${duration} ms`);
    while (this.#lab.now < end) {
      const { leapt } = this.#witness;
      this.#lab.advance(end);
      this.#look();
      if (this.#witness.leapt === leapt) continue;
      // Ageing has not gone on yet from where the leap left it.
      if (this.#restRandom.next() < 0.5) this.#compareAll(2);
      if (!lands && end - this.#lab.now < landing) break;
    }
    this.#log?.(`${this.#now.toFixed(1)} has rested, over ${this.#witness.leapt} markers so far`);
    const why = this.#unwell();
    if (why !== undefined) throw new Broken('a rest changes nothing', why);
    for (const { name, diskProblem } of this.#guests.values()) {
      if (diskProblem === undefined) continue;
      throw new Broken('a rest changes nothing', `on the disks of ${name} ${diskProblem}`);
    }
    this.#compareAll(restChecks);
  }

  /** An image stays what it is, whatever its journal takes in meanwhile. */
  #restOnTest(): void {
    this.#lab.run(this.#lab.now + testedRest * this.#restRandom.next());
    const { vpgs } = this.#lab.snapshot();
    const vpg = vpgs[this.#restRandom.integer(vpgs.length)];
    const id = vpg && pickOf(vpg, this.#restRandom.next());
    if (!vpg || id === undefined) return;
    this.#compareAt(vpg.name, id, 0, 0, () => {
      this.#lab.run(this.#lab.now + testedRest);
    });
  }

  #compareAll(count: number): void {
    for (const { name } of this.#scenario.vpgs) this.#checkSome(name, count, this.#restRandom);
  }

  #look(): void {
    if (this.#witness.broken) throw this.#witness.broken;
    this.#recoveries.look();
    const { alerts, vpgs } = this.#lab.snapshot();
    const fault = alerts.find(({ id }) => id === 'ZVM0009');
    if (fault) throw new Broken('the engine finds no mistake in itself', fault.message);
    for (const vpg of vpgs) {
      this.#checkNewCheckpoints(vpg);
      this.#checkRpo(vpg);
    }
  }

  // --- Acts ------------------------------------------------------------------------------------

  #take(act: Exclude<Act, { do: 'test' }>): void {
    switch (act.do) {
      case 'writes':
        this.#guests.get(act.vm)?.begin(act);
        break;
      case 'chain':
        this.#chain(act);
        break;
      case 'tag':
        this.#ask('tag', { kind: 'checkpoint', vpg: act.vpg, tag: 'T' });
        break;
      case 'pause': {
        this.#ask('pause', { kind: 'pause', vpg: act.vpg });
        this.#harm.later(act.for, () => {
          this.#ask('resume', { kind: 'resume', vpg: act.vpg });
        });
        break;
      }
      case 'recover':
      case 'decide':
      case 'reverse':
      case 'clone':
      case 'restore':
      case 'force-sync':
        this.#recoveries.take(act);
        break;
      default:
        this.#harm.take(act);
    }
  }

  #ask(what: string, request: Request): void {
    this.#lab.ask(undefined, request, (reply) => {
      this.#note(what, reply);
    });
  }

  /** Each write depends on the one before, which another VM did. */
  #chain({ vpg, count }: ActOf<'chain'>): void {
    const names = this.#scenario.vpgs.find(({ name }) => name === vpg)?.vms ?? [];
    let left = count;
    const step = (): void => {
      const name = names[left % Math.max(1, names.length)]?.vm;
      if (left-- > 0 && name !== undefined) this.#guests.get(name)?.write(0, 0, 4096, step);
    };
    step();
  }

  #test({ vpg, pick, writes, for: duration }: ActOf<'test'>): void {
    const snapshot = this.#lab.snapshot().vpgs.find(({ name }) => name === vpg);
    const id = snapshot && pickOf(snapshot, pick);
    if (id === undefined) return;
    this.#compareAt(vpg, id, writes, duration);
  }

  #note(what: string, reply: Reply): void {
    const refused = reply.result === 'refused';
    const text = refused ? `${what} refused` : what;
    this.#notes.set(text, (this.#notes.get(text) ?? 0) + 1);
    const missing = refused && reply.missing.length > 0 ? `; ${reply.missing.join('; ')}` : '';
    const said = refused ? `${reply.reason}${missing}` : 'done';
    this.#log?.(`${this.#now.toFixed(1)} ${what}: ${said}`);
  }

  // --- Promises --------------------------------------------------------------------------------

  /**
   * A failover test of a checkpoint: what it recovers is the shadow, byte for byte. What is written to the
   * recovered disks must never be seen again. Answers why there was no image.
   */
  #compareAt(
    vpg: string,
    id: number,
    writes: number,
    duration: number,
    meanwhile?: () => void,
  ): string | undefined {
    const request = { kind: 'failover-test', vpg, checkpoint: { kind: 'id', id } } as const;
    const reply = this.#lab.request(undefined, request);
    this.#note('test', reply);
    if (reply.result === 'refused') {
      const { reason, missing } = reply;
      return missing.length > 0 ? `${reason}; missing ${missing.join(', ')}` : reason;
    }
    let problem: string | undefined;
    try {
      this.#compareImages(vpg, id, reply.images ?? {});
      if (writes > 0) this.#scribble(vpg, reply.images ?? {}, writes);
      if (duration > 0) this.#live(this.#now + duration);
      if (meanwhile) {
        meanwhile();
        this.#compareImages(vpg, id, reply.images ?? {});
      }
      this.#compared += 1;
      const cuts = this.#witness.cutsOf(vpg, id)?.values() ?? [];
      if ([...cuts].some(({ isLeapt }) => isLeapt)) this.#comparedLeapt += 1;
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      // The VRA went down meanwhile, or found damage: no image is no wrong image.
      problem = error.message;
      this.#notes.set(error.code, (this.#notes.get(error.code) ?? 0) + 1);
    }
    this.#stopTest(vpg);
    return problem;
  }

  #stopTest(vpg: string): void {
    const request = { kind: 'stop-test', vpg } as const;
    let reply = this.#lab.request(undefined, request);
    // Whoever started it has to end it.
    const reason = reply.result === 'refused' ? reply.reason : '';
    const starter = /started at (\w+): stop it/.exec(reason)?.[1];
    if (starter !== undefined) {
      reply = this.#lab.request(this.#topology.sites.get(starter), request);
    }
    this.#note('stop', reply);
    if (reply.result === 'refused') this.#testing.add(vpg);
    else this.#testing.delete(vpg);
  }

  #compareImages(vpg: string, id: number, images: Readonly<Record<string, string>>): void {
    const cuts = this.#witness.cutsOf(vpg, id);
    for (const [name, image] of Object.entries(images)) {
      const [vm = '', diskName = ''] = name.split('/');
      const cut = cuts?.get(vm);
      if (!cut) throw new Broken('a checkpoint is a promise', `${vpg} ${id} of ${vm}: no marker`);
      const { shadow } = cut;
      const disk = shadow.disks.findIndex((each) => each.name === diskName);
      const content = this.#lab.readImage(image, diskName, 0, shadow.disks[disk]?.size ?? 0);
      const difference = shadow.difference(cut.entries, disk, content);
      if (!difference) continue;
      throw new Broken(
        'a checkpoint is a promise',
        `checkpoint ${id} of ${vpg}, ${name} at ${difference.offset}: ${difference.what}`,
      );
    }
  }

  #scribble(vpg: string, images: Readonly<Record<string, string>>, writes: number): void {
    const limit = this.#scenario.vpgs.find(({ name }) => name === vpg)?.scratchLimit ?? Infinity;
    for (const [name, id] of Object.entries(images)) {
      const shadow = this.#guests.get(name.slice(0, name.indexOf('/')))?.shadow;
      const disk = shadow?.disks.findIndex((each) => name.endsWith(`/${each.name}`)) ?? -1;
      const size = shadow?.disks[disk]?.size ?? 0;
      const image = this.#lab.image(id);
      for (let index = 0; index < writes; index++) {
        const length = Math.min(size, (1 + this.#random.integer(16)) * 4096);
        const offset = this.#random.integer(Math.max(1, (size - length) / 512)) * 512;
        const payload = syntheticPayload(2 ** 50 + this.#random.integer(2 ** 31), length);
        image.write(disk, offset, payload, (error) => {
          if (error) this.#notes.set(error.code, (this.#notes.get(error.code) ?? 0) + 1);
        });
      }
      if (image.scratchBytes <= limit) continue;
      const held = `${image.scratchBytes} of ${limit} bytes`;
      throw new Broken('buffers keep their limits', `the scratch of ${name} holds ${held}`);
    }
  }

  /** Never B without A: no write is in a checkpoint that began after one was done which is not in it. */
  #checkNewCheckpoints(vpg: VpgSnapshot): void {
    const before = this.#seen.get(vpg.name) ?? -Infinity;
    let newest = before;
    for (const { firstId, count } of vpg.checkpoints.runs) {
      for (let id = Math.max(firstId, before + 1); id < firstId + count; id++) {
        newest = Math.max(newest, id);
        if (this.#witness.cutsOf(vpg.name, id)) {
          this.#catalogued += 1;
          this.#checkOrder(vpg.name, id);
        }
      }
    }
    this.#seen.set(vpg.name, newest);
  }

  #checkOrder(vpg: string, id: number): void {
    const cuts = [...(this.#witness.cutsOf(vpg, id) ?? [])];
    const members = this.#scenario.vpgs.find(({ name }) => name === vpg)?.vms.length ?? 0;
    if (cuts.length < members) {
      const marked = cuts.map(([vm]) => vm).join(', ');
      throw new Broken('a checkpoint is a promise', `${vpg} ${id} has markers in ${marked} only`);
    }
    for (const [behind, late] of cuts) {
      const begun = late.shadow.lastBegun(late.entries);
      for (const [missing, early] of cuts) {
        const done = early.shadow.firstDone(early.entries);
        if (done >= begun) continue;
        throw new Broken(
          'never B without A',
          `checkpoint ${id} of ${vpg} holds a write of ${behind} that began after one of ` +
            `${missing} was done, which it does not hold`,
        );
      }
    }
  }

  /** What is reported is never better than what is so: the newest checkpoint is at least that old. */
  #checkRpo({ name, rpo, checkpoints }: VpgSnapshot): void {
    const last = checkpoints.runs.at(-1);
    if (rpo === undefined || !last) return;
    const cuts = this.#witness.cutsOf(name, last.firstId + last.count - 1);
    if (!cuts) return;
    let at = Infinity;
    for (const cut of cuts.values()) at = Math.min(at, cut.at);
    const real = this.#lab.universe.now - at;
    if (rpo >= real - rpoTolerance - this.#harm.clockDoubt) return;
    throw new Broken(
      'the RPO is never better than the true one',
      `${name}: ${rpo}, really ${real}`,
    );
  }

  #awaitHealing(): void {
    const ended = this.#now;
    const recovers = this.#scenario.acts.some((act) => act.do === 'recover');
    const bound = recovers ? healingTimeOfRecoveries : healingTime;
    for (;;) {
      for (const vpg of this.#testing) this.#stopTest(vpg);
      for (const vpg of this.#lab.snapshot().vpgs) {
        // Nobody resumed it, or nobody who could: the ZVM was away.
        if (vpg.subStatus === 'ReplicationPausedUserInitiated') {
          this.#ask('resume', { kind: 'resume', vpg: vpg.name });
        }
        this.#recoveries.heal(vpg);
      }
      const why = this.#unwell();
      if (why === undefined) break;
      if (this.#now - ended >= bound) throw new Broken('all is well again in the end', why);
      this.#live(this.#now + 5000);
    }
    this.#healed = this.#now - ended;
  }

  /** Why not all is well; undefined where it is. */
  #unwell(): string | undefined {
    const snapshot = this.#lab.snapshot();
    // A VM that writes by itself goes on: what it wrote last is in the next checkpoint.
    const { now } = this.#lab.universe;
    const written = this.#scenario.rest ? now - 2 * checkpointInterval : now;
    for (const { name, hardLimit } of this.#scenario.vpgs) {
      const vpg = snapshot.vpgs.find((each) => each.name === name);
      if (!vpg) return `nothing is known of ${name}`;
      const { status, subStatus, replicating, checkpoints } = vpg;
      // What a journal gave up for its limit, or was not checkpointed, comes back only with time.
      const isShort =
        status === 'HistoryNotMeetingSLA' &&
        (hardLimit !== undefined || hasHole(vpg, snapshot.now));
      if ((status !== 'MeetingSLA' && !isShort) || subStatus !== 'None' || !replicating) {
        return `${name} is ${status}, ${subStatus}${replicating ? '' : ', not replicating'}`;
      }
      const last = checkpoints.runs.at(-1);
      const cuts = last && this.#witness.cutsOf(name, last.firstId + last.count - 1);
      for (const { vm } of this.#scenario.vpgs.find((each) => each.name === name)?.vms ?? []) {
        const guest = this.#guests.get(vm);
        if (!guest?.runs) return `${vm} does not run`;
        const cut = cuts?.get(vm);
        if (cut?.shadow !== guest.shadow) return `the newest checkpoint of ${name} is not of ${vm}`;
        const behind = guest.shadow.entriesBehind(cut.entries, written);
        if (behind > 0) return `the newest checkpoint of ${name} lacks ${behind} writes of ${vm}`;
      }
    }
    return undefined;
  }

  /** Whether a checkpoint is still offered; with none at all left, it should be. */
  #offers(vpg: string, id: number): boolean {
    const snapshot = this.#lab.snapshot().vpgs.find(({ name }) => name === vpg);
    const runs = snapshot?.checkpoints.runs ?? [];
    if (runs.length === 0) return true;
    return runs.some(({ firstId, count }) => firstId <= id && id < firstId + count);
  }

  /** The oldest checkpoint, the newest and some between can be recovered. */
  #checkSome(name: string, count: number, random: Random): void {
    const snapshot = this.#lab.snapshot().vpgs.find((each) => each.name === name);
    if (!snapshot) return;
    const ids = new Set<number>();
    for (const pick of [0, 1]) ids.add(pickOf(snapshot, pick) ?? -1);
    while (ids.size < Math.min(count, snapshot.checkpoints.count)) {
      ids.add(pickOf(snapshot, random.next()) ?? -1);
    }
    for (const id of [...ids].sort((a, b) => a - b)) {
      if (id < 0) continue;
      let problem = this.#compareAt(name, id, 0, 0);
      if (this.#scenario.mode === 'unbounded') continue;
      // Somebody may be silent just now who has not been missed yet: a person would try again.
      for (
        let again = 0;
        again < 3 && /missing|runs already|under way/.test(problem ?? '');
        again++
      ) {
        this.#live(this.#now + 10_000);
        this.#stopTest(name);
        problem = this.#compareAt(name, id, 0, 0);
      }
      if (problem === undefined) continue;
      // The journal may have given up an old one in this minute: then it is offered no more.
      if (!this.#offers(name, id)) continue;
      throw new Broken('what is offered can be recovered', `${name} ${id}: ${problem}`);
    }
  }
}

/** Whether the gaps in its history are as much as makes it too short. */
function hasHole({ gaps, configuredHistory }: VpgSnapshot, now: number): boolean {
  const begin = now - configuredHistory;
  let missing = 0;
  for (const { from, to = now } of gaps) missing += Math.max(0, to - Math.max(from, begin));
  return missing + 2 * checkpointInterval >= configuredHistory * (1 - historyWarningShare);
}
