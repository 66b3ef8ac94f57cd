/** Where a receiving VRA hears its peers: ports 4007 and 4008. */
import { ports } from '../../topology/limits.ts';
import type { Connection, ConnectionHandler, Message, Network } from '../world/world.ts';
import type {
  Acknowledgement,
  DataHello,
  FrameMessage,
  ReceiverControl,
  SenderControl,
} from './messages.ts';
import { quietBeats, silentBeats } from './timing.ts';

export interface PeerDoorEvents {
  connected(peer: string): void;
  lost(peer: string): void;
  control(peer: string, message: SenderControl): void;
  frame(peer: string, message: FrameMessage): void;
  /** The World may vouch for less than before. */
  readonly doubted: () => void;
}

interface Guest {
  control: Connection | undefined;
  data: Connection | undefined;
  /** The beat at which it was heard last. */
  beat: number;
  /** Beats since anything was said: an acknowledgement is as good as a heartbeat. */
  quiet: number;
  /** It has been told whether we hear our ZVM. */
  greeted: boolean;
}

export class PeerDoors {
  readonly #network: Network;
  readonly #events: PeerDoorEvents;
  readonly #guests = new Map<string, Guest>();
  #beat = 0;
  /** As said with the last beat. */
  #hearsItsZvm = false;

  constructor(network: Network, events: PeerDoorEvents) {
    this.#network = network;
    this.#events = events;
  }

  open(): void {
    this.#network.listen(ports.vraPeerControl, (connection) => this.#acceptControl(connection));
    this.#network.listen(ports.vraPeerData, (connection) => this.#acceptData(connection));
  }

  control(peer: string, message: ReceiverControl): void {
    this.#guests.get(peer)?.control?.send(message);
  }

  acknowledge(peer: string, message: Acknowledgement): void {
    const guest = this.#guests.get(peer);
    if (!guest) return;
    guest.quiet = 0;
    guest.data?.send(message);
  }

  /** Whether the World vouches for every peer, and each knows what a heartbeat would say. */
  get vouched(): boolean {
    for (const { control, greeted } of this.#guests.values()) {
      if (!greeted || control?.vouched !== true) return false;
    }
    return true;
  }

  /** Beats have passed, and up to now the World has vouched for all. */
  pass(beats: number): void {
    this.#beat += beats;
    for (const guest of this.#guests.values()) {
      guest.beat = this.#beat;
      guest.quiet = 0;
    }
  }

  /** Once a second, or after more where the World vouched for all. */
  beat(hearsItsZvm: boolean): void {
    this.#beat++;
    const changed = hearsItsZvm !== this.#hearsItsZvm;
    this.#hearsItsZvm = hearsItsZvm;
    const heartbeat = { kind: 'heartbeat', hearsItsZvm } as const;
    for (const [vra, guest] of this.#guests) {
      if (guest.control?.vouched === true) {
        guest.beat = this.#beat;
        guest.quiet = -1;
      }
      if (this.#beat - guest.beat >= silentBeats) {
        this.#leave(vra);
        continue;
      }
      guest.quiet++;
      if (!changed && guest.greeted && guest.quiet < quietBeats) continue;
      guest.quiet = 0;
      guest.greeted = guest.control !== undefined;
      guest.control?.send(heartbeat);
    }
  }

  #acceptControl(connection: Connection): ConnectionHandler {
    let vra: string | undefined;
    return {
      received: (message: Message) => {
        const said = message as SenderControl;
        if (said.kind === 'hello') {
          vra = said.vra;
          this.#enter(vra, 'control', connection);
          this.#events.connected(vra);
        }
        const guest = vra === undefined ? undefined : this.#guests.get(vra);
        if (vra === undefined || guest?.control !== connection) return;
        guest.beat = this.#beat;
        this.#events.control(vra, said);
      },
      closed: () => {
        if (vra !== undefined && this.#guests.get(vra)?.control === connection) this.#leave(vra);
      },
      doubted: this.#events.doubted,
    };
  }

  #acceptData(connection: Connection): ConnectionHandler {
    let vra: string | undefined;
    return {
      received: (message: Message) => {
        const said = message as DataHello | FrameMessage;
        if (said.kind === 'hello') {
          vra = said.vra;
          this.#enter(vra, 'data', connection);
          return;
        }
        const guest = vra === undefined ? undefined : this.#guests.get(vra);
        if (vra === undefined || guest?.data !== connection) return;
        guest.beat = this.#beat;
        this.#events.frame(vra, said);
      },
      closed: () => {
        if (vra !== undefined && this.#guests.get(vra)?.data === connection) this.#leave(vra);
      },
    };
  }

  /** A peer that connects anew has given up its former connections, whether or not we heard of it. */
  #enter(vra: string, channel: 'control' | 'data', connection: Connection): void {
    let guest = this.#guests.get(vra);
    if (guest?.[channel]) {
      this.#leave(vra);
      guest = undefined;
    }
    if (!guest) {
      guest = {
        control: undefined,
        data: undefined,
        beat: this.#beat,
        quiet: 0,
        greeted: false,
      };
      this.#guests.set(vra, guest);
    }
    guest[channel] = connection;
    guest.beat = this.#beat;
  }

  #leave(vra: string): void {
    const guest = this.#guests.get(vra);
    if (!guest) return;
    this.#guests.delete(vra);
    guest.control?.close();
    guest.data?.close();
    if (guest.control) this.#events.lost(vra);
  }
}
