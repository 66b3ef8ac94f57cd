/** The guests of a trial: they write, and the shadow follows what becomes of it. */
import type { RunningLab } from '../../src/engine/lab/running-lab.ts';
import type { ProtectedMachine } from '../../src/engine/disk/write-tap.ts';
import { syntheticPayload } from '../../src/engine/world/payloads.ts';
import { createRandom } from '../../src/engine/world/random.ts';
import type { Topology, Vm } from '../../src/topology/model.ts';
import { datastores } from './scenario.ts';
import type { ActOf, ScenarioVm } from './scenario.ts';
import { ShadowVm } from './shadow.ts';
import type { GuestWrite } from './shadow.ts';
import type { Witness } from './witness.ts';

const sector = 512;
/** Writes that a guest has under way at most. */
const queueDepth = 64;

export class Guest {
  readonly shadow: ShadowVm;
  readonly #scenario: ScenarioVm;
  readonly #lab: RunningLab;
  readonly #witness: () => Witness;
  readonly #vm: Vm;
  readonly #contents: number;
  #content = 0;
  #underWay = 0;
  #life = 0;
  #stopped = false;

  constructor(
    scenario: ScenarioVm,
    index: number,
    lab: RunningLab,
    topology: Topology,
    witness: () => Witness,
  ) {
    this.#scenario = scenario;
    this.#lab = lab;
    this.#witness = witness;
    const vm = topology.sites.get(scenario.site)?.vms.get(scenario.name);
    if (!vm) throw new RangeError(`there is no VM ${scenario.name}`);
    this.#vm = vm;
    // No two writes have the same content, whoever writes them.
    this.#contents = (index + 1) * 2 ** 40;
    const disks = scenario.disks.map((size, disk) => ({ name: `d${disk}`, size }));
    this.shadow = new ShadowVm(scenario.name, disks);
    const host = lab.universe.process(`host ${scenario.site}/${scenario.host}`);
    host?.onEnd(() => {
      this.#lost();
    });
  }

  get #machine(): ProtectedMachine | undefined {
    return this.#lab.machine(this.#vm);
  }

  stop(): void {
    this.#stopped = true;
  }

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
    const write = this.#witness().submit(this.shadow.name, payload);
    machine.write(disk, offset, payload, this.#finisher(write, done));
  }

  zero(disk: number, offset: number, length: number): void {
    const machine = this.#ready();
    if (!machine) return;
    const write = this.#witness().submitZeroes(this.shadow.name, disk, offset, length);
    machine.zero(disk, offset, length, this.#finisher(write));
  }

  #ready(): ProtectedMachine | undefined {
    if (this.#stopped || this.#underWay >= queueDepth) return undefined;
    const machine = this.#machine;
    if (machine) this.#underWay += 1;
    return machine;
  }

  #finisher(write: GuestWrite, done?: () => void): () => void {
    const life = this.#life;
    return () => {
      if (life !== this.#life) return;
      this.#underWay -= 1;
      this.#witness().done(write);
      done?.();
    };
  }

  /** The host lost its power: what is left of the disks is what the shadow goes on from. */
  #lost(): void {
    this.#life += 1;
    this.#underWay = 0;
    this.#witness().forgetSubmitted(this.shadow.name);
    const { universe } = this.#lab;
    for (const [disk, { name }] of this.shadow.disks.entries()) {
      const path = `${datastores.production}/vms/${this.shadow.name}/${name}.disk`;
      const content = universe.peek(this.#vm.site, path);
      if (content) this.shadow.wrote(disk, 0, content, universe.now, undefined);
    }
  }
}
