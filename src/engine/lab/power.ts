/**
 * Who is up: what was switched off by hand, what is booting, and what is down because that which it
 * stands on is.
 */
import type { Component, PowerVerb } from '../../topology/model.ts';
import type { Universe } from '../world/universe.ts';
import type { Timer } from '../world/world.ts';
import type { Ending, Machine } from './machine.ts';
import type { OutageLog } from './outages.ts';
import { LabError, bootTimes } from './types.ts';

/** A site, host, VRA or ZVM. A site is only something that others stand on. */
export class PowerUnit {
  /** `Site/host/vra`, as outages are called. */
  readonly name: string;
  readonly kind: Component['kind'];
  readonly below: PowerUnit | undefined;
  readonly machine: Machine | undefined;
  readonly above: PowerUnit[] = [];
  /** Its own switch; a VRA that is not installed yet is off. */
  on = true;
  boot: Timer | undefined;

  constructor(
    kind: Component['kind'],
    name: string,
    below: PowerUnit | undefined,
    machine: Machine | undefined,
  ) {
    this.kind = kind;
    this.name = name;
    this.below = below;
    this.machine = machine;
    below?.above.push(this);
  }

  get effective(): boolean {
    return this.on && this.boot === undefined && (this.below?.effective ?? true);
  }
}

export class Power {
  readonly #universe: Universe;
  readonly #outages: OutageLog;
  readonly #units = new Map<string, PowerUnit>();

  constructor(universe: Universe, outages: OutageLog) {
    this.#universe = universe;
    this.#outages = outages;
  }

  add(unit: PowerUnit): void {
    this.#units.set(unit.name, unit);
  }

  unit(name: string): PowerUnit {
    const unit = this.#units.get(name);
    if (!unit) throw new LabError('unknown-component', `${name} is not running in this lab`);
    return unit;
  }

  /** Names of what is switched off by itself. */
  get off(): readonly string[] {
    return [...this.#units.values()].flatMap((unit) => (unit.on ? [] : [unit.name]));
  }

  /** Switches what has these names off before anything comes up, and all else on. */
  restore(off: readonly string[]): void {
    for (const unit of this.#units.values()) unit.on = !off.includes(unit.name);
  }

  turn(name: string, verb: PowerVerb): void {
    const unit = this.unit(name);
    if (verb === 'powerOn') {
      this.#up(unit);
      return;
    }
    const processOnly = unit.kind === 'zvm' || unit.kind === 'vra';
    const ending: Ending = verb === 'crash' && processOnly ? 'end' : 'off';
    const kind = verb === 'crash' ? 'crash' : 'power-off';
    this.#outages.begin(unit.name, kind, this.#universe.now);
    unit.boot?.cancel();
    unit.boot = undefined;
    if (verb === 'powerOff') {
      unit.on = false;
    } else {
      const delay = bootTimes[unit.kind === 'site' ? 'host' : unit.kind][verb];
      unit.boot = this.#universe.schedule(this.#universe.now + delay, () => {
        unit.boot = undefined;
        this.#up(unit);
      });
    }
    this.settle(unit, ending);
  }

  /** Makes everything that stands on a unit follow it: first down from the top, or up from the base. */
  settle(unit: PowerUnit, ending: Ending = 'off'): void {
    if (!unit.effective) {
      for (const above of unit.above) this.settle(above, ending);
      unit.machine?.stop(ending);
      return;
    }
    unit.machine?.start();
    for (const above of unit.above) this.settle(above, ending);
  }

  #up(unit: PowerUnit): void {
    unit.boot?.cancel();
    unit.boot = undefined;
    unit.on = true;
    this.#outages.end(unit.name, this.#universe.now);
    this.settle(unit);
  }
}
