/**
 * Where a VRA hears ZVMs: port 4006 (what to do) and 4009 (checkpoints).
 *
 * Its own site's ZVM commands it. Another site's may come too, to recover while that one is down.
 */
import { ports } from '../../topology/limits.ts';
import type { Connection, ConnectionHandler, Message, Network } from '../world/world.ts';
import type { CheckpointCommand, CheckpointReply, VraCommand, VraReply } from './messages.ts';
import { quietBeats, silentBeats } from './timing.ts';

export interface ZvmDoorEvents {
  /** A ZVM says hello: it has to be told how things are. */
  arrived(site: string): void;
  /** The ZVM of this site is not heard any more. */
  left(site: string): void;
  command(site: string, message: VraCommand, reply: (reply: VraReply) => void): void;
  checkpoint(message: CheckpointCommand): void;
  /** The World may vouch for less than before. */
  readonly doubted: () => void;
}

interface Guest {
  readonly connection: Connection;
  /** The beat at which it was heard last. */
  beat: number;
  /** Beats since anything was said to it. */
  quiet: number;
}

const heartbeat: VraReply = { kind: 'heartbeat' };

export class ZvmDoors {
  readonly #network: Network;
  readonly #events: ZvmDoorEvents;
  /** By site. */
  readonly #commanding = new Map<string, Guest>();
  readonly #cutting = new Map<string, Connection>();
  #beat = 0;

  constructor(network: Network, events: ZvmDoorEvents) {
    this.#network = network;
    this.#events = events;
  }

  open(): void {
    this.#network.listen(ports.vraControl, (connection) => this.#acceptCommands(connection));
    this.#network.listen(ports.vraCheckpoints, (connection) => this.#acceptCheckpoints(connection));
  }

  /** Whether the ZVM of a site is there. */
  hears(site: string): boolean {
    return this.#commanding.has(site);
  }

  /** Whether any ZVM is there to be told anything. */
  get attended(): boolean {
    return this.#commanding.size > 0;
  }

  tell(message: VraReply): void {
    for (const guest of this.#commanding.values()) {
      guest.quiet = 0;
      guest.connection.send(message);
    }
  }

  tellOfCheckpoint(reply: CheckpointReply): void {
    for (const [site, connection] of this.#cutting) {
      const guest = this.#commanding.get(site);
      if (guest) guest.quiet = 0;
      connection.send(reply);
    }
  }

  /** Whether the World vouches for every ZVM that commands. */
  get vouched(): boolean {
    for (const { connection } of this.#commanding.values()) if (!connection.vouched) return false;
    return true;
  }

  /** Beats have passed, and up to now the World has vouched for all. */
  pass(beats: number): void {
    this.#beat += beats;
    for (const guest of this.#commanding.values()) this.#heard(guest);
  }

  #heard(guest: Guest): void {
    guest.beat = this.#beat;
    guest.quiet = 0;
  }

  /** Once a second, or after more where the World vouched for all. */
  beat(): void {
    this.#beat++;
    for (const [site, guest] of this.#commanding) {
      if (guest.connection.vouched) {
        this.#heard(guest);
        continue;
      }
      if (this.#beat - guest.beat >= silentBeats) {
        this.#leave(site, guest.connection);
        continue;
      }
      guest.quiet++;
      if (guest.quiet < quietBeats) continue;
      guest.quiet = 0;
      guest.connection.send(heartbeat);
    }
  }

  #acceptCommands(connection: Connection): ConnectionHandler {
    let site: string | undefined;
    const reply = (message: VraReply): void => {
      connection.send(message);
    };
    return {
      received: (message: Message) => {
        const said = message as VraCommand;
        if (said.kind === 'hello') {
          site = said.site;
          this.#commanding.get(site)?.connection.close();
          this.#commanding.set(site, { connection, beat: this.#beat, quiet: 0 });
          this.#events.arrived(site);
          return;
        }
        const guest = site === undefined ? undefined : this.#commanding.get(site);
        if (site === undefined || guest?.connection !== connection) return;
        guest.beat = this.#beat;
        this.#events.command(site, said, reply);
      },
      doubted: this.#events.doubted,
      closed: () => {
        if (site !== undefined) this.#leave(site, connection);
      },
    };
  }

  #acceptCheckpoints(connection: Connection): ConnectionHandler {
    let site: string | undefined;
    return {
      received: (message: Message) => {
        const said = message as CheckpointCommand;
        if (said.kind === 'hello') {
          site = said.site;
          this.#cutting.get(site)?.close();
          this.#cutting.set(site, connection);
        } else if (site !== undefined && this.#cutting.get(site) === connection) {
          const guest = this.#commanding.get(site);
          if (guest) guest.beat = this.#beat;
          this.#events.checkpoint(said);
        }
      },
      closed: () => {
        if (site !== undefined && this.#cutting.get(site) === connection) {
          this.#cutting.delete(site);
        }
      },
    };
  }

  #leave(site: string, connection: Connection): void {
    if (this.#commanding.get(site)?.connection !== connection) return;
    this.#commanding.delete(site);
    connection.close();
    const cutting = this.#cutting.get(site);
    this.#cutting.delete(site);
    cutting?.close();
    this.#events.left(site);
  }
}
