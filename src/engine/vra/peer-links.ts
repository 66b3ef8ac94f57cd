/** The connections of a sending VRA to its peers: two each, for control and for data. */
import { ports } from '../../topology/limits.ts';
import type { Connection, Message, Network } from '../world/world.ts';
import type {
  Acknowledgement,
  DataHello,
  FrameMessage,
  ReceiverControl,
  SenderControl,
  VraAddress,
} from './messages.ts';
import { quietBeats, retryBeats, silentBeats } from './timing.ts';

export interface PeerLinkEvents {
  connected(peer: string): void;
  lost(peer: string): void;
  control(peer: string, message: ReceiverControl): void;
  acknowledged(peer: string, message: Acknowledgement): void;
  /** The World may vouch for less than before. */
  readonly doubted: () => void;
}

/** One attempt, and what comes of it: both connections live and end together. */
interface Session {
  readonly control: Connection;
  readonly data: Connection;
  open: number;
}

interface PeerLink {
  readonly peer: VraAddress;
  session: Session | undefined;
  /** The beat at which it was heard last, or tried last. */
  beat: number;
  /** Beats since anything was said: a frame is as good as a heartbeat. */
  quiet: number;
}

export class PeerLinks {
  readonly #name: string;
  readonly #network: Network;
  readonly #events: PeerLinkEvents;
  readonly #links = new Map<string, PeerLink>();
  #beat = 0;
  /** As said with the last beat. */
  #hearsItsZvm = false;

  constructor(name: string, network: Network, events: PeerLinkEvents) {
    this.#name = name;
    this.#network = network;
    this.#events = events;
  }

  /** These and no others. */
  configure(peers: readonly VraAddress[]): void {
    const wanted = new Map(peers.map((peer) => [peer.vra, peer]));
    for (const [vra, link] of this.#links) {
      if (wanted.get(vra)?.address === link.peer.address) continue;
      this.#close(link);
      this.#links.delete(vra);
    }
    for (const { vra, address } of wanted.values()) {
      if (this.#links.has(vra)) continue;
      const peer = { vra, address };
      const link: PeerLink = { peer, session: undefined, beat: this.#beat, quiet: 0 };
      this.#links.set(vra, link);
      this.#connect(link);
    }
  }

  control(peer: string, message: SenderControl): void {
    this.#links.get(peer)?.session?.control.send(message);
  }

  frame(peer: string, message: FrameMessage): void {
    const link = this.#links.get(peer);
    if (!link) return;
    link.quiet = 0;
    link.session?.data.send(message);
  }

  /** Whether there is a session with every peer, and the World vouches for it. */
  get vouched(): boolean {
    for (const { session } of this.#links.values()) {
      if (session?.open !== 2 || !session.control.vouched) return false;
    }
    return true;
  }

  /** Beats have passed, and up to now the World has vouched for all. */
  pass(beats: number): void {
    this.#beat += beats;
    for (const link of this.#links.values()) {
      link.beat = this.#beat;
      link.quiet = 0;
    }
  }

  /** Once a second, or after more where the World vouched for all. */
  beat(hearsItsZvm: boolean): void {
    this.#beat++;
    const changed = hearsItsZvm !== this.#hearsItsZvm;
    this.#hearsItsZvm = hearsItsZvm;
    const heartbeat = { kind: 'heartbeat', hearsItsZvm } as const;
    for (const link of this.#links.values()) {
      const { session } = link;
      if (session?.open === 2 && session.control.vouched) {
        link.beat = this.#beat;
        link.quiet = -1;
      }
      if (!session) {
        if (this.#beat - link.beat >= retryBeats) this.#connect(link);
      } else if (this.#beat - link.beat >= silentBeats) {
        // Also an attempt: one whose answer was lost with the other side's power hears nothing more.
        this.#fail(link);
      } else if (session.open === 2) {
        link.quiet++;
        if (!changed && link.quiet < quietBeats) continue;
        link.quiet = 0;
        session.control.send(heartbeat);
      }
    }
  }

  #connect(link: PeerLink): void {
    const { peer } = link;
    link.beat = this.#beat;
    const closed = (): void => {
      if (link.session === session) this.#fail(link);
    };
    const opened = (): void => {
      if (link.session !== session) return;
      session.open++;
      if (session.open < 2) return;
      link.beat = this.#beat;
      const dataHello: DataHello = { kind: 'hello', vra: this.#name };
      session.data.send(dataHello);
      const hearsItsZvm = this.#hearsItsZvm;
      const hello: SenderControl = { kind: 'hello', vra: this.#name, hearsItsZvm };
      session.control.send(hello);
      this.#events.connected(peer.vra);
    };
    const heard = (): boolean => {
      if (link.session !== session) return false;
      link.beat = this.#beat;
      return true;
    };
    const session: Session = {
      open: 0,
      control: this.#network.connect(peer.address, ports.vraPeerControl, {
        opened,
        closed,
        doubted: this.#events.doubted,
        received: (message: Message) => {
          if (heard()) this.#events.control(peer.vra, message as ReceiverControl);
        },
      }),
      data: this.#network.connect(peer.address, ports.vraPeerData, {
        opened,
        closed,
        received: (message: Message) => {
          if (heard()) this.#events.acknowledged(peer.vra, message as Acknowledgement);
        },
      }),
    };
    link.session = session;
  }

  #fail(link: PeerLink): void {
    const wasOpen = link.session?.open === 2;
    this.#close(link);
    link.beat = this.#beat;
    if (wasOpen) this.#events.lost(link.peer.vra);
  }

  #close(link: PeerLink): void {
    const { session } = link;
    link.session = undefined;
    session?.control.close();
    session?.data.close();
  }
}
