/**
 * A TCP connection between two processes, seen from one end each.
 *
 * While the way is down nothing is lost and nothing is told: what was sent waits and arrives after the
 * way is free again, unless its sender has closed the connection by then. The two ends of a connection
 * may so disagree for as long as they like; only heartbeats tell.
 */
import type {
  CloseReason,
  Connection,
  ConnectionHandler,
  Instant,
  Message,
  Random,
  Timer,
} from '../world.ts';
import { ScheduledEvent } from '../schedule/event-queue.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Life } from '../schedule/life.ts';
import { freezeMessage, sizeOf } from './message-size.ts';
import { Flow, nextRetransmission } from './path.ts';
import type { Path } from './path.ts';

/** Bytes of a packet that opens or closes a connection. */
const bareSize = 60;
/** Bytes of a heartbeat, for whether one would get through. */
const heartbeatSize = 100;
/** Milliseconds within which it has to be through, for a connection without any to be as good. */
const promptness = 1000;
/** Milliseconds between two arrivals, so that one that was joined later keeps its place. */
const leastApart = 1e-6;
/** Bytes said within one event that arrive as one: what is longer is not held up for company. */
const joinedSize = 64 * 1024;
/** Milliseconds without an answer after which an attempt to connect is given up. */
export const connectTimeout = 3000;

/** A machine in the network. */
export interface Station {
  /** The name of its process. */
  readonly name: string;
  /** The run of its process, which may have ended. */
  readonly life: Life;
  /** A machine without power answers nothing; one without its process answers that nobody listens. */
  readonly powered: boolean;
  /** The largest packets that it insists on sending, in bytes; 0: it sends what gets through. */
  readonly packetSize: number;
  /** The ends of its open connections. */
  readonly ends: Set<ConnectionEnd>;
}

/** Who hears what processes say to each other, where anybody does. */
export interface Listening {
  readonly observer:
    { sent?(from: string, to: string | undefined, message: Message): void } | undefined;
}

/** What all connections of a universe share. */
export interface Carrier {
  readonly kernel: Schedule;
  readonly random: Random;
  readonly freezeMessages: boolean;
  /** Whether it tells who is there, so that nobody has to send heartbeats: see {@link Connection.vouched}. */
  readonly vouches: boolean;
  readonly listening: Listening;
  /** Ends that are open or have something under way. */
  readonly ends: Set<ConnectionEnd>;
  /** Ends with something that could not be sent. */
  readonly stalled: Set<ConnectionEnd>;
}

/** Finds the way from one end to the other; undefined while there is none. */
export type FindPath = () => Path | undefined;

interface Item {
  readonly order: number;
  readonly kind: 'open' | 'message' | 'close';
  readonly message: Message | undefined;
  readonly size: number;
}

export class ConnectionEnd implements Connection {
  readonly station: Station;
  readonly life: Life;
  peer: ConnectionEnd | undefined;
  handler: ConnectionHandler | undefined;
  readonly #carrier: Carrier;
  readonly #findPath: FindPath;
  readonly #started: Instant;
  readonly #flow = new Flow();
  #opened: boolean;
  #closed = false;
  #sent = 0;
  /** Sent before the connection was open. */
  #early: Message[] = [];
  /** What is under way from here, in the order in which it was sent, by the way that it takes. */
  readonly #underWay: Arrival[] = [];
  /** What was sent last, as long as more may join it. */
  #joinable: Arrival | undefined;
  #lastArrival: Instant = 0;
  #lastPath: Path | undefined;
  /** What cannot get through, in the order in which it was sent. */
  #held: Item[] = [];
  #heldSince: Instant = 0;
  /** Ends an attempt to connect whose answer is held up. */
  #expiry: Timer | undefined;
  #resuming = false;

  constructor(carrier: Carrier, station: Station, findPath: FindPath, accepted: boolean) {
    this.#carrier = carrier;
    this.station = station;
    this.life = station.life;
    this.#findPath = findPath;
    this.#started = carrier.kernel.now;
    this.#opened = accepted;
    station.ends.add(this);
    carrier.ends.add(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get vouched(): boolean {
    const { peer } = this;
    return this.#carrier.vouches && peer !== undefined && this.#isSound() && peer.#isSound();
  }

  /** Whether what is said at this end is heard at the other one, and soon. */
  #isSound(): boolean {
    if (!this.#opened || this.#closed || !this.life.alive || this.#held.length > 0) return false;
    const path = this.#passage(heartbeatSize);
    return path !== undefined && path.delay(this.#carrier.kernel.now, this.#flow) < promptness;
  }

  /** Something has changed that a connection may depend on. */
  doubt(): void {
    if (!this.#closed && this.life.alive) this.handler?.doubted?.();
  }

  send(message: Message): void {
    if (this.#closed || !this.life.alive) return;
    if (this.#carrier.freezeMessages) freezeMessage(message);
    const { observer } = this.#carrier.listening;
    observer?.sent?.(this.station.name, this.peer?.station.name, message);
    if (this.#opened) this.#transmit('message', message, sizeOf(message));
    else this.#early.push(message);
  }

  close(): void {
    if (this.#closed) return;
    this.#end();
    if (this.peer) this.#transmit('close', undefined, bareSize);
  }

  /** The accepting end answers that the connection is open. */
  accept(): void {
    this.#transmit('open', undefined, bareSize);
  }

  /** The process ended: with a machine that goes on, the other side is told. */
  abandon(silent: boolean): void {
    if (silent) this.#end();
    else this.close();
  }

  /** The attempt to connect failed, or the other side is gone. Heard in `delay` milliseconds. */
  failLater(delay: number, reason: CloseReason): void {
    this.#carrier.kernel.after(delay, this.life, () => {
      this.fail(reason);
    });
  }

  fail(reason: CloseReason): void {
    if (this.#closed) return;
    this.#end();
    if (this.life.alive) this.handler?.closed(reason);
  }

  /** The connection is lost here, and at the other end too unless it is left half open. */
  broken(halfOpen: boolean): void {
    const { kernel } = this.#carrier;
    kernel.after(0, this.life, () => {
      this.fail('closed');
    });
    if (!halfOpen) this.peer?.failLater(0, 'closed');
  }

  /** Gives up an attempt to connect that is not answered in time. */
  expireLater(): void {
    this.#expiry ??= this.#carrier.kernel.after(this.patience, this.life, () => {
      this.fail('unreachable');
    });
  }

  /** What is left of the time in which an attempt to connect can be answered, in milliseconds. */
  get patience(): number {
    return this.#started + connectTimeout - this.#carrier.kernel.now;
  }

  /** The links have changed: what is not through yet takes its time by what they are now. */
  retime(): void {
    const before = this.#lastPath;
    if (!before || this.#underWay.length === 0) return;
    const path = this.#findPath();
    if (!path || path === before) return;
    this.#lastPath = path;
    const { kernel } = this.#carrier;
    const flow = this.#flow;
    flow.busyUntil = path.changedArrival(flow.busyUntil + before.latency, before, kernel.now);
    flow.busyUntil -= path.latency;
    this.#joinable = undefined;
    let last = 0;
    for (const [index, arrival] of this.#underWay.entries()) {
      last = Math.max(last, path.changedArrival(arrival.at, before, kernel.now));
      kernel.cancel(arrival);
      const again = arrival.movedTo(last);
      this.#underWay[index] = again;
      kernel.push(last, again);
    }
    flow.lastArrival = last;
    this.#lastArrival = last;
  }

  /** The links have changed: what waits is tried again where it can get through now. */
  reconsider(): void {
    const [first] = this.#held;
    if (!first) {
      this.#carrier.stalled.delete(this);
      return;
    }
    if (this.#resuming) return;
    const path = this.#passage(first.size);
    if (!path) return;
    this.#resuming = true;
    const { kernel } = this.#carrier;
    const at = nextRetransmission(this.#heldSince, kernel.now, path.latency);
    kernel.after(at - kernel.now, kernel.always, () => {
      this.#resume();
    });
  }

  /** Something of the other end arrives here: the first of what that has under way. */
  arrived(items: readonly Item[], sender: ConnectionEnd): void {
    sender.#underWay.shift();
    if (sender.#closed && sender.#underWay.length === 0) this.#carrier.ends.delete(sender);
    for (const item of items) this.#take(item, sender);
  }

  #take(item: Item, sender: ConnectionEnd): void {
    if (!sender.isNext(item)) {
      sender.#hold(item);
      return;
    }
    if (!this.life.alive) {
      // A machine that runs, but knows nothing of the connection, refuses it.
      if (this.station.powered) sender.failLater(sender.#latency(), 'closed');
      return;
    }
    if (this.#closed) {
      // An answer to an attempt that was given up long ago.
      if (item.kind === 'open') sender.failLater(sender.#latency(), 'closed');
      return;
    }
    switch (item.kind) {
      case 'open':
        this.#open();
        break;
      case 'message':
        if (item.message) this.handler?.received(item.message);
        break;
      case 'close':
        this.fail('closed');
        break;
    }
  }

  /** Whether something that this end has sent gets through now and is not out of turn. */
  isNext(item: Item): boolean {
    const [first] = this.#held;
    return (!first || first.order > item.order) && this.#passage(item.size) !== undefined;
  }

  #resume(): void {
    this.#resuming = false;
    this.#carrier.stalled.delete(this);
    const { kernel } = this.#carrier;
    const items = this.#held;
    this.#held = [];
    // The other end hears nothing out of turn, so what is under way has to arrive behind what was held.
    for (const arrival of this.#underWay.splice(0)) {
      kernel.cancel(arrival);
      items.push(...arrival.items);
    }
    items.sort((a, b) => a.order - b.order);
    this.#joinable = undefined;
    this.#lastArrival = this.#flow.lastArrival = kernel.now;
    for (const item of items) this.#put(item);
  }

  #open(): void {
    this.#opened = true;
    this.#expiry?.cancel();
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#transmit('message', message, sizeOf(message));
    this.handler?.opened?.();
  }

  #end(): void {
    this.#closed = true;
    this.#expiry?.cancel();
    this.#held = [];
    this.#early = [];
    this.#carrier.stalled.delete(this);
    this.station.ends.delete(this);
    if (this.#underWay.length === 0) this.#carrier.ends.delete(this);
  }

  #transmit(kind: Item['kind'], message: Message | undefined, size: number): void {
    this.#put({ order: this.#sent++, kind, message, size });
  }

  #put(item: Item): void {
    const { peer } = this;
    if (!peer) return;
    const path = this.#held.length === 0 ? this.#passage(item.size) : undefined;
    if (!path) {
      this.#hold(item);
      return;
    }
    const { kernel, random } = this.#carrier;
    const earliest = this.#lastArrival + leastApart;
    const arrival = Math.max(earliest, path.transfer(kernel.now, item.size, this.#flow, random));
    this.#lastArrival = arrival;
    this.#lastPath = path;
    if (this.#joinable?.join(item, arrival)) return;
    const event = new Arrival(peer, [item], this, kernel, arrival);
    this.#joinable = item.size < joinedSize ? event : undefined;
    this.#underWay.push(event);
    kernel.pushOpen(event);
  }

  #hold(item: Item): void {
    // What a closed end had under way is lost with it; only its closing is still told.
    if (this.#closed && item.kind !== 'close') return;
    const held = this.#held;
    const { kernel, stalled } = this.#carrier;
    if (held.length === 0) this.#heldSince = kernel.now;
    let at = held.length;
    while (at > 0 && (held[at - 1]?.order ?? 0) > item.order) at--;
    held.splice(at, 0, item);
    stalled.add(this);
    if (item.kind === 'open') this.peer?.expireLater();
  }

  /** The way for something of this size; undefined where there is none or its packets are too large. */
  #passage(size: number): Path | undefined {
    const path = this.#findPath();
    return path && !path.isTooNarrow(size, this.station.packetSize) ? path : undefined;
  }

  #latency(): number {
    return this.#findPath()?.latency ?? 0;
  }
}

class Arrival extends ScheduledEvent {
  /** When the last of it is there. */
  at: Instant;
  readonly #end: ConnectionEnd;
  readonly items: Item[];
  readonly #sender: ConnectionEnd;
  readonly #kernel: Schedule;
  readonly #sentAt: Instant;
  readonly #sentIn: number;
  #size: number;

  constructor(
    end: ConnectionEnd,
    items: Item[],
    sender: ConnectionEnd,
    kernel: Schedule,
    at: Instant,
  ) {
    super(kernel.always, end.life.id);
    this.at = at;
    this.#end = end;
    this.items = items;
    this.#sender = sender;
    this.#kernel = kernel;
    this.#sentAt = kernel.now;
    this.#sentIn = kernel.count;
    this.#size = items[0]?.size ?? 0;
  }

  /** Takes in what is sent in the same moment, and all of it arrives when the last of it does. */
  join(item: Item, at: Instant): boolean {
    if (!this.#kernel.isSameMoment(this.#sentIn, this.#sentAt)) return false;
    this.#size += item.size;
    if (this.#size > joinedSize) return false;
    this.items.push(item);
    this.at = at;
    return true;
  }

  movedTo(at: Instant): Arrival {
    return new Arrival(this.#end, this.items, this.#sender, this.#kernel, at);
  }

  fire(): void {
    if (this.at > this.#kernel.now) this.#kernel.push(this.at, this);
    else this.#end.arrived(this.items, this.#sender);
  }
}
