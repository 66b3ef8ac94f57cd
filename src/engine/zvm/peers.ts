/** Connections with the ZVMs of paired sites: who is heard, and since when not. */
import type { Instant } from '../world/world.ts';
import { nobodyVouches } from './events.ts';
import type { ConnectionId, Outbox, Vouching } from './events.ts';
import type { ZvmMessage } from './messages.ts';
import { quietBeats, silentBeats } from './timing.ts';

const plainHeartbeat: ZvmMessage = { kind: 'heartbeat' };

interface Peer {
  readonly site: string;
  /** The connection that counts: the peer said hello on it. */
  current: ConnectionId | undefined;
  /** One that this side dialled, until it becomes the current one. */
  dialled: ConnectionId | undefined;
  startedAt: Instant | undefined;
  /** Beats since it was last heard: counted, because a clock that is set says nothing of a cable. */
  silence: number;
  /** Beats since anything was said to it. */
  quiet: number;
  /** The last heartbeat on this connection, for what it said of the VRAs. */
  said: ZvmMessage | undefined;
  vrasDown: readonly string[];
}

export interface PeerEvents {
  /** `restarted`: it is in another life than when it was last heard. */
  peerConnected(site: string, restarted: boolean, now: Instant): void;
  peerLost(site: string, now: Instant): void;
  peerSaid(site: string, message: ZvmMessage, now: Instant): void;
  /** VRAs that this side does not hear, for the heartbeat. */
  vrasDown(): readonly string[];
}

export class PeerLinks {
  readonly #site: string;
  readonly #startedAt: Instant;
  readonly #outbox: Outbox;
  readonly #events: PeerEvents;
  readonly #peers = new Map<string, Peer>();
  /** Connections to this ZVM on which nobody has said hello yet, and those that this side dialled. */
  readonly #connections = new Map<ConnectionId, string | undefined>();
  #nextConnection = 1;
  #last: ZvmMessage = plainHeartbeat;

  constructor(site: string, startedAt: Instant, outbox: Outbox, events: PeerEvents) {
    this.#site = site;
    this.#startedAt = startedAt;
    this.#outbox = outbox;
    this.#events = events;
  }

  add(site: string): void {
    this.#peers.set(site, {
      site,
      current: undefined,
      dialled: undefined,
      startedAt: undefined,
      silence: 0,
      quiet: 0,
      said: undefined,
      vrasDown: [],
    });
  }

  has(site: string): boolean {
    return this.#peers.has(site);
  }

  connected(site: string): boolean {
    return this.#peers.get(site)?.current !== undefined;
  }

  get connectedTo(): readonly string[] {
    return [...this.#peers.values()]
      .filter((peer) => peer.current !== undefined)
      .map((p) => p.site);
  }

  vrasDownAt(site: string): readonly string[] {
    return this.#peers.get(site)?.vrasDown ?? [];
  }

  /** Whether it has been silent for so long that a person should know. */
  isSilent(site: string): boolean {
    const peer = this.#peers.get(site);
    return peer?.current === undefined && (peer?.silence ?? 0) >= silentBeats;
  }

  tell(site: string, message: ZvmMessage): boolean {
    const peer = this.#peers.get(site);
    if (peer?.current === undefined) return false;
    peer.quiet = 0;
    this.#outbox.push({ kind: 'tell-peer', connection: peer.current, message });
    return true;
  }

  /** Numbers of accepted connections come from here as well, so that both kinds share one space. */
  takeNumber(): ConnectionId {
    return this.#nextConnection++;
  }

  dial(site: string): void {
    const peer = this.#peers.get(site);
    if (!peer || peer.current !== undefined || peer.dialled !== undefined) return;
    const connection = this.takeNumber();
    peer.dialled = connection;
    this.#connections.set(connection, site);
    this.#outbox.push({ kind: 'dial-peer', site, connection });
  }

  opened(connection: ConnectionId): void {
    if (this.#connections.has(connection)) this.#hello(connection);
  }

  accepted(connection: ConnectionId): void {
    this.#connections.set(connection, undefined);
  }

  closed(connection: ConnectionId, now: Instant): void {
    const site = this.#connections.get(connection);
    this.#connections.delete(connection);
    const peer = site === undefined ? undefined : this.#peers.get(site);
    if (!peer) return;
    if (peer.dialled === connection) peer.dialled = undefined;
    if (peer.current === connection) this.#lost(peer, now);
  }

  said(connection: ConnectionId, message: ZvmMessage, now: Instant): void {
    if (!this.#connections.has(connection)) return;
    if (message.kind === 'hello') {
      this.#greeted(connection, message.site, message.startedAt, now);
      return;
    }
    const site = this.#connections.get(connection);
    const peer = site === undefined ? undefined : this.#peers.get(site);
    if (peer?.current !== connection) return;
    peer.silence = 0;
    if (message.kind === 'heartbeat') peer.vrasDown = message.vrasDown ?? [];
    else this.#events.peerSaid(peer.site, message, now);
  }

  /** Whether every peer that is wanted is there, and the World vouches for it. */
  isVouched(wanted: (site: string) => boolean, vouching: Vouching): boolean {
    for (const { site, current } of this.#peers.values()) {
      if (current === undefined ? wanted(site) : !vouching.peer(current)) return false;
    }
    return true;
  }

  tick(now: Instant, wanted: (site: string) => boolean, vouching: Vouching = nobodyVouches): void {
    const message = this.#heartbeat();
    for (const peer of this.#peers.values()) {
      const vouched = peer.current !== undefined && vouching.peer(peer.current);
      if (vouched) {
        peer.silence = 0;
        peer.quiet = -1;
      } else {
        peer.silence += 1;
      }
      if (peer.current !== undefined) {
        if (peer.silence > silentBeats) {
          this.#drop(peer.current);
          this.#lost(peer, now);
        } else {
          peer.quiet += 1;
          if (peer.quiet >= quietBeats || peer.said !== message) this.tell(peer.site, message);
          peer.said = message;
        }
      }
      if (peer.current === undefined && wanted(peer.site)) this.dial(peer.site);
    }
  }

  /** The same one as long as it says the same. */
  #heartbeat(): ZvmMessage {
    const vrasDown = this.#events.vrasDown();
    if (vrasDown.length === 0) return (this.#last = plainHeartbeat);
    const last = this.#last.kind === 'heartbeat' ? (this.#last.vrasDown ?? []) : [];
    const same = last.length === vrasDown.length && vrasDown.every((vra, at) => vra === last[at]);
    return same ? this.#last : (this.#last = { kind: 'heartbeat', vrasDown });
  }

  #hello(connection: ConnectionId): void {
    const message = { kind: 'hello', site: this.#site, startedAt: this.#startedAt } as const;
    this.#outbox.push({ kind: 'tell-peer', connection, message });
  }

  /**
   * Both sides dial, so that whichever comes back is connected at once. Where two connections meet, the
   * one counts that the site with the lesser name dialled.
   */
  #greeted(connection: ConnectionId, site: string, startedAt: Instant, now: Instant): void {
    const peer = this.#peers.get(site);
    if (!peer) {
      this.#drop(connection);
      return;
    }
    const ownDial = peer.dialled === connection;
    const restarted = peer.startedAt !== undefined && peer.startedAt !== startedAt;
    const preferred = ownDial === this.#site < site;
    if (peer.current !== undefined && !restarted && !preferred) {
      // Only one side closes, or the other would take the end of a connection for a loss of the peer.
      if (this.#site < site) this.#drop(connection);
      if (ownDial) peer.dialled = undefined;
      return;
    }
    this.#connections.set(connection, site);
    if (ownDial) peer.dialled = undefined;
    else this.#hello(connection);
    const replaced = peer.current;
    peer.current = connection;
    peer.silence = 0;
    peer.said = undefined;
    if (replaced !== undefined) {
      if (restarted || this.#site < site) this.#drop(replaced);
      // On another wire within the same life nothing but what was in flight is lost, and what is said
      // on every connection makes up for that.
      if (restarted) this.#events.peerLost(site, now);
    }
    peer.startedAt = startedAt;
    peer.vrasDown = [];
    this.#events.peerConnected(site, restarted, now);
  }

  #lost(peer: Peer, now: Instant): void {
    peer.current = undefined;
    peer.vrasDown = [];
    this.#events.peerLost(peer.site, now);
  }

  #drop(connection: ConnectionId): void {
    this.#connections.delete(connection);
    this.#outbox.push({ kind: 'close-peer', connection });
  }
}
