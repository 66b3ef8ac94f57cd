/** The VRAs that a ZVM commands: whether it hears them, what they last reported. */
import type {
  CheckpointCommand,
  DatastoreReport,
  ProtectedStreamReport,
  RecoveryStreamReport,
  StreamState,
  VraCommand,
  VraReply,
} from '../vra/messages.ts';
import type { Instant } from '../world/world.ts';
import { nobodyVouches } from './events.ts';
import type { Outbox, Vouching, VraChannel } from './events.ts';
import { quietBeats, silentBeats } from './timing.ts';

const heartbeat: VraCommand = { kind: 'heartbeat' };

type ChannelState = 'closed' | 'dialing' | 'open';

interface Link {
  readonly vra: string;
  /** Of a peer's site: dialled only while something needs it, and never configured from here. */
  readonly foreign: boolean;
  /** Commanded permanently (installed, own). */
  wanted: boolean;
  /** Recoveries that need it while its own ZVM is gone. */
  borrowers: number;
  control: ChannelState;
  checkpoints: ChannelState;
  /** Beats since it was last heard: counted, because a clock that is set says nothing of a cable. */
  silence: number;
  /** Beats since anything was said to it. */
  quiet: number;
  /** By stream: a VRA may serve a thousand, and each is asked for at every checkpoint. */
  sending: ReadonlyMap<string, ProtectedStreamReport>;
  receiving: ReadonlyMap<string, RecoveryStreamReport>;
  datastores: readonly DatastoreReport[];
  /** All that it reported replicates, and nothing synchronises. */
  steady: boolean;
}

export interface VraEvents {
  /** It answers: whatever it has to do can be told now. */
  vraOpened(vra: string, now: Instant): void;
  /** It is not heard any more. */
  vraLost(vra: string, now: Instant): void;
}

export class VraLinks {
  readonly #site: string;
  readonly #outbox: Outbox;
  readonly #events: VraEvents;
  readonly #links = new Map<string, Link>();
  readonly #commanded: string[] = [];

  constructor(site: string, outbox: Outbox, events: VraEvents) {
    this.#site = site;
    this.#outbox = outbox;
    this.#events = events;
  }

  add(vra: string, foreign: boolean): void {
    this.#links.set(vra, {
      vra,
      foreign,
      wanted: false,
      borrowers: 0,
      control: 'closed',
      checkpoints: 'closed',
      silence: 0,
      quiet: 0,
      sending: new Map(),
      receiving: new Map(),
      datastores: [],
      steady: true,
    });
  }

  has(vra: string): boolean {
    return this.#links.has(vra);
  }

  isForeign(vra: string): boolean {
    return this.#links.get(vra)?.foreign ?? true;
  }

  /** From now on it is commanded. */
  want(vra: string): void {
    const link = this.#links.get(vra);
    if (!link) return;
    if (!link.wanted) this.#commanded.push(vra);
    link.wanted = true;
    link.silence = 0;
    this.#dial(link);
  }

  /** Turns to a VRA of a peer's site for the length of an operation. */
  borrow(vra: string): void {
    const link = this.#links.get(vra);
    if (!link?.foreign) return;
    link.borrowers += 1;
    this.#dial(link);
  }

  giveBack(vra: string): void {
    const link = this.#links.get(vra);
    if (!link?.foreign || link.borrowers === 0) return;
    link.borrowers -= 1;
    if (link.borrowers === 0) this.#close(link);
  }

  /** Whether it can be told what to do. */
  hears(vra: string): boolean {
    return this.#links.get(vra)?.control === 'open';
  }

  /** Whether checkpoints can be cut or confirmed by it. */
  cuts(vra: string): boolean {
    const link = this.#links.get(vra);
    return link?.control === 'open' && link.checkpoints === 'open';
  }

  /** Whether a VRA reported nothing but streams that replicate; also where it is not heard. */
  isQuiet(vra: string): boolean {
    return this.#links.get(vra)?.steady ?? true;
  }

  /** What a VRA last reported of a stream that it sends; undefined where it is not heard. */
  sending(vra: string, stream: string): ProtectedStreamReport | undefined {
    return this.#links.get(vra)?.sending.get(stream);
  }

  /** What a VRA last reported of a stream that it receives; undefined where it is not heard. */
  receiving(vra: string, stream: string): RecoveryStreamReport | undefined {
    return this.#links.get(vra)?.receiving.get(stream);
  }

  /** What the commanded VRAs last reported of the datastores that they recover to, each once. */
  get datastores(): ReadonlyMap<string, DatastoreReport> {
    const found = new Map<string, DatastoreReport>();
    for (const link of this.#links.values()) {
      if (link.foreign) continue;
      for (const each of link.datastores) {
        const paused = each.paused || found.get(each.name)?.paused === true;
        found.set(each.name, { ...each, paused });
      }
    }
    return found;
  }

  /** Commanded VRAs that are not heard. */
  get missing(): readonly string[] {
    const missing: string[] = [];
    for (const link of this.#links.values()) {
      if (link.wanted && link.control !== 'open') missing.push(link.vra);
    }
    return missing;
  }

  /** Whether a commanded VRA has been silent for so long that a person should know. */
  isSilent(vra: string): boolean {
    const link = this.#links.get(vra);
    return link?.wanted === true && link.control !== 'open' && link.silence >= silentBeats;
  }

  get commanded(): readonly string[] {
    return this.#commanded;
  }

  tell(vra: string, message: VraCommand): void {
    const link = this.#links.get(vra);
    if (link?.control !== 'open') return;
    link.quiet = 0;
    this.#outbox.push({ kind: 'tell-vra', vra, message });
  }

  cut(vra: string, message: CheckpointCommand): void {
    const link = this.#links.get(vra);
    if (link?.control !== 'open' || link.checkpoints !== 'open') return;
    link.quiet = 0;
    this.#outbox.push({ kind: 'cut', vra, message });
  }

  opened(vra: string, channel: VraChannel, now: Instant): void {
    const link = this.#links.get(vra);
    if (!link) return;
    link[channel] = 'open';
    const hello = { kind: 'hello', site: this.#site } as const;
    if (channel === 'checkpoints') {
      this.#outbox.push({ kind: 'cut', vra, message: hello });
      return;
    }
    link.silence = 0;
    this.#outbox.push({ kind: 'tell-vra', vra, message: hello });
    this.#events.vraOpened(vra, now);
  }

  closed(vra: string, channel: VraChannel, now: Instant): void {
    const link = this.#links.get(vra);
    if (!link) return;
    const wasOpen = link.control === 'open';
    link[channel] = 'closed';
    if (channel === 'control' && wasOpen) this.#lost(link, now);
  }

  /** Over `control`, which it lives by: that it still talks of checkpoints says nothing of it. */
  said(vra: string, message: VraReply): void {
    const link = this.#links.get(vra);
    if (!link) return;
    link.silence = 0;
    if (message.kind !== 'report') return;
    link.sending = new Map(message.protect.map((report) => [report.stream, report]));
    link.receiving = new Map(message.recover.map((report) => [report.stream, report]));
    link.datastores = message.datastores ?? [];
    const isSteady = ({ state }: { readonly state: StreamState }): boolean =>
      state === 'replicating';
    link.steady = message.protect.every(isSteady) && message.recover.every(isSteady);
  }

  /** Whether every VRA that it turns to is there, and the World vouches for it. */
  isVouched(vouching: Vouching): boolean {
    for (const link of this.#links.values()) {
      if (!link.wanted && link.borrowers === 0) continue;
      const checkpoints = link.foreign || link.checkpoints === 'open';
      if (link.control !== 'open' || !checkpoints || !vouching.vra(link.vra)) return false;
    }
    return true;
  }

  tick(now: Instant, vouching: Vouching = nobodyVouches): void {
    for (const link of this.#links.values()) {
      if (!link.wanted && link.borrowers === 0) continue;
      if (link.control === 'open' && vouching.vra(link.vra)) {
        link.silence = 0;
        link.quiet = 0;
        this.#dial(link);
        continue;
      }
      link.silence += 1;
      if (link.control === 'open') {
        link.quiet += 1;
        if (link.silence > silentBeats) this.#lost(link, now);
        else if (link.quiet >= quietBeats) this.tell(link.vra, heartbeat);
      }
      this.#dial(link);
    }
  }

  #dial(link: Link): void {
    if (link.control === 'closed') {
      link.control = 'dialing';
      this.#outbox.push({ kind: 'dial-vra', vra: link.vra, channel: 'control' });
    }
    if (link.checkpoints === 'closed' && !link.foreign) {
      link.checkpoints = 'dialing';
      this.#outbox.push({ kind: 'dial-vra', vra: link.vra, channel: 'checkpoints' });
    }
  }

  #lost(link: Link, now: Instant): void {
    this.#close(link);
    this.#events.vraLost(link.vra, now);
  }

  /** What it reported is over: nobody would hear that it has changed. */
  #close(link: Link): void {
    link.sending = new Map();
    link.receiving = new Map();
    link.datastores = [];
    link.steady = true;
    for (const channel of ['control', 'checkpoints'] as const) {
      if (link[channel] === 'closed') continue;
      link[channel] = 'closed';
      this.#outbox.push({ kind: 'close-vra', vra: link.vra, channel });
    }
  }
}
