/**
 * The network of a universe: who has which address, who listens where, and which way leads there. The
 * reachability model that the linter uses decides what gets through.
 */
import { formatIpv4, parseIpv4 } from '../../../topology/address.ts';
import type { Ipv4 } from '../../../topology/address.ts';
import type { Topology } from '../../../topology/model.ts';
import { reachabilityOf } from '../../../topology/reachability.ts';
import type { Endpoint, Reach } from '../../../topology/reachability.ts';
import type { Connection, ConnectionHandler, Network, Random } from '../world.ts';
import { ConnectionEnd, connectTimeout } from './connection.ts';
import type { Carrier, FindPath, Station } from './connection.ts';
import { ScheduledEvent } from '../schedule/event-queue.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Life } from '../schedule/life.ts';
import { LinkStates } from './link-state.ts';
import type { Lane } from './link-state.ts';
import { Path } from './path.ts';

type Accept = (connection: Connection, from: string) => ConnectionHandler;

/** A process's machine in the network: it outlives the process and its restarts. */
export class NetworkStation implements Station {
  readonly name: string;
  readonly endpoint: Endpoint | undefined;
  readonly packetSize: number;
  readonly ends = new Set<ConnectionEnd>();
  readonly listeners = new Map<number, Accept>();
  life: Life;
  powered = true;

  constructor(name: string, endpoint: Endpoint | undefined, packetSize: number, life: Life) {
    this.name = name;
    this.endpoint = endpoint;
    this.packetSize = packetSize;
    this.life = life;
  }

  /** The process ended. With `silent` its machine lost power, so nobody hears of it. */
  down(silent: boolean): void {
    const ends = [...this.ends];
    for (const end of ends) end.abandon(silent);
    this.listeners.clear();
    this.powered = !silent;
    for (const { peer } of ends) peer?.doubt();
  }

  /** Its connections are gone; with `halfOpen` the other sides do not hear of it. */
  breakConnections(halfOpen: boolean): void {
    for (const end of [...this.ends]) {
      end.broken(halfOpen);
      end.peer?.doubt();
    }
  }

  up(life: Life): void {
    this.life = life;
    this.powered = true;
  }
}

interface Target {
  readonly station: NetworkStation;
  /** The station's endpoint, to be reached at the address asked for. */
  readonly endpoint: Endpoint;
}

export class NetworkHub {
  readonly links: LinkStates;
  readonly carrier: Carrier;
  readonly #topology: Topology;
  /** Several where sites have identical ranges (NET-1): which one is meant depends on who asks. */
  readonly #targets = new Map<Ipv4, Target[]>();

  constructor(
    topology: Topology,
    kernel: Schedule,
    random: Random,
    options: Pick<Carrier, 'freezeMessages' | 'vouches' | 'listening'>,
  ) {
    this.#topology = topology;
    this.links = new LinkStates(topology);
    this.carrier = {
      kernel,
      random,
      ...options,
      ends: new Set(),
      stalled: new Set(),
    };
  }

  /** Gives a station its addresses. Throws a RangeError where one of them is taken in its site. */
  register(station: NetworkStation): void {
    const { endpoint } = station;
    if (!endpoint) return;
    for (const nic of endpoint.nics) {
      const { address } = nic.address;
      const others = (this.#targets.get(address) ?? []).filter(
        (target) => target.station !== station,
      );
      const taken = others.find((target) => target.endpoint.site === endpoint.site);
      if (taken) {
        const who = `${endpoint.label} cannot have the address ${formatIpv4(address)}`;
        throw new RangeError(`${who}: it belongs to ${taken.endpoint.label}`);
      }
      const aimed = endpoint.nics.length > 1 ? { ...endpoint, aimedAt: nic.name } : endpoint;
      this.#targets.set(address, [...others, { station, endpoint: aimed }]);
    }
  }

  /** An endpoint as a DHCP server would have it: with the next lower address where its own is taken. */
  leased(endpoint: Endpoint | undefined): Endpoint | undefined {
    const [nic] = endpoint?.nics ?? [];
    if (!endpoint || !nic) return endpoint;
    const { prefix } = nic.address;
    let { address } = nic.address;
    while (this.#targets.has(address) && address > nic.network.cidr.network) address--;
    if (address === nic.address.address) return endpoint;
    return { ...endpoint, nics: [{ ...nic, address: { address, prefix } }] };
  }

  /** Whom an address means to a sender: what its packets reach, or else whoever has the address. */
  find(address: string, from: Endpoint | undefined, port: number): Target | undefined {
    const parsed = parseIpv4(address);
    const targets = parsed === undefined ? undefined : this.#targets.get(parsed);
    const [first, ...others] = targets ?? [];
    if (!from || others.length === 0) return first;
    const isReached = (target: Target): boolean => this.reach(from, target.endpoint, port).ok;
    return targets?.find(isReached) ?? first;
  }

  reach(from: Endpoint, to: Endpoint, port: number): Reach {
    return reachabilityOf(this.#topology).reach(from, to, port, this.links);
  }

  /** The links have changed: what is under way takes its new time, what could not pass is tried again. */
  linksChanged(): void {
    for (const end of this.carrier.ends) end.retime();
    for (const end of [...this.carrier.stalled]) end.reconsider();
    this.doubt();
  }

  /** Whoever relies on what a World vouches for looks again. */
  doubt(): void {
    if (this.carrier.vouches) for (const end of this.carrier.ends) end.doubt();
  }
}

/** What a process sees of the network. */
export class CarriedNetwork implements Network {
  readonly #hub: NetworkHub;
  readonly #station: NetworkStation;
  readonly #life: Life;

  constructor(hub: NetworkHub, station: NetworkStation, life: Life) {
    this.#hub = hub;
    this.#station = station;
    this.#life = life;
  }

  listen(port: number, accept: Accept): void {
    if (this.#life.alive) this.#station.listeners.set(port, accept);
  }

  connect(address: string, port: number, handler: ConnectionHandler): Connection {
    const { carrier } = this.#hub;
    const target = this.#hub.find(address, this.#station.endpoint, port);
    const route = new Route(this.#hub, this.#station.endpoint, target?.endpoint, port);
    const end = new ConnectionEnd(carrier, this.#station, route.there, false);
    end.handler = handler;
    const path = target?.station.powered ? route.there() : undefined;
    if (target && path) {
      const { kernel } = carrier;
      const attempt = new Attempt(end, target.station, route, port, carrier);
      kernel.push(kernel.now + path.latency, attempt);
    } else end.failLater(connectTimeout, 'unreachable');
    return end;
  }
}

/** The way of one connection, found anew when the links have changed. */
class Route {
  readonly #hub: NetworkHub;
  readonly #from: Endpoint | undefined;
  readonly #to: Endpoint | undefined;
  readonly #port: number;
  #epoch = -1;
  #there: Path | undefined;
  #back: Path | undefined;
  #fromAddress = '';

  constructor(hub: NetworkHub, from: Endpoint | undefined, to: Endpoint | undefined, port: number) {
    this.#hub = hub;
    this.#from = from;
    this.#to = to;
    this.#port = port;
  }

  readonly there: FindPath = () => {
    if (this.#epoch !== this.#hub.links.epoch) this.#find();
    return this.#there;
  };

  readonly back: FindPath = () => {
    if (this.#epoch !== this.#hub.links.epoch) this.#find();
    return this.#back;
  };

  /** The address that the other side sees. */
  get fromAddress(): string {
    this.there();
    return this.#fromAddress;
  }

  #find(): void {
    const { links } = this.#hub;
    this.#epoch = links.epoch;
    this.#there = undefined;
    this.#back = undefined;
    if (!this.#from || !this.#to) return;
    const reach = this.#hub.reach(this.#from, this.#to, this.#port);
    if (!reach.ok) return;
    this.#fromAddress = formatIpv4(reach.nic.address.address);
    // The model answers over the same links; its check of the way back is part of `reach`.
    this.#there = passable(links.lanes(reach.hops, false), reach.mtu);
    this.#back = passable(links.lanes(reach.hops, true), reach.mtu);
  }
}

/** The way over these lanes; none where one of them lets nothing through in this direction. */
function passable(lanes: readonly Lane[], mtu: number): Path | undefined {
  return lanes.some((lane) => lane.cut) ? undefined : new Path(lanes, mtu);
}

/** The first packet of a connection, arriving. */
class Attempt extends ScheduledEvent {
  readonly #end: ConnectionEnd;
  readonly #target: NetworkStation;
  readonly #route: Route;
  readonly #port: number;
  readonly #carrier: Carrier;

  constructor(
    end: ConnectionEnd,
    target: NetworkStation,
    route: Route,
    port: number,
    carrier: Carrier,
  ) {
    super(end.life);
    this.#end = end;
    this.#target = target;
    this.#route = route;
    this.#port = port;
    this.#carrier = carrier;
  }

  fire(): void {
    const end = this.#end;
    const target = this.#target;
    if (end.closed) return;
    const back = this.#route.back();
    if (!back || !target.powered) {
      end.failLater(Math.max(0, end.patience), 'unreachable');
      return;
    }
    const accept = target.life.alive ? target.listeners.get(this.#port) : undefined;
    if (!accept) {
      end.failLater(back.latency, 'refused');
      return;
    }
    const accepted = new ConnectionEnd(this.#carrier, target, this.#route.back, true);
    accepted.peer = end;
    end.peer = accepted;
    accepted.accept();
    accepted.handler = accept(accepted, this.#route.fromAddress);
  }
}
