/** What goes into the ZVM's core and what comes out of it (law 11). */
import type { ScriptName } from '../../topology/scripts.ts';
import type { Reply, Request } from '../api.ts';
import type { CheckpointCommand, CheckpointReply, VraCommand, VraReply } from '../vra/messages.ts';
import type { ZvmMessage } from './messages.ts';
import type { PlannedScript } from './plan.ts';
import type { LeaptVpg } from './quiet-zvm.ts';
import type { StateRecord } from './state.ts';

/** A connection with a peer ZVM, numbered by the shell. */
export type ConnectionId = number;

/** The two connections that a ZVM keeps with a VRA. */
export type VraChannel = 'control' | 'checkpoints';

/** For which connections the World vouches: see `Connection.vouched`. */
export interface Vouching {
  peer(connection: ConnectionId): boolean;
  vra(vra: string): boolean;
}

export const nobodyVouches: Vouching = { peer: () => false, vra: () => false };

export type Input =
  /**
   * The one timer of a ZVM: once a second, on whole seconds of its clock, or once a checkpoint interval while it is
   * calm. Beats that have passed before it without a tick are told of by {@link ZvmCore.pass}.
   */
  | { readonly kind: 'tick'; readonly beats?: number; readonly vouching?: Vouching }
  | { readonly kind: 'peer-opened'; readonly connection: ConnectionId }
  | { readonly kind: 'peer-accepted'; readonly connection: ConnectionId }
  | { readonly kind: 'peer-closed'; readonly connection: ConnectionId }
  | {
      readonly kind: 'peer-said';
      readonly connection: ConnectionId;
      readonly message: ZvmMessage;
    }
  | { readonly kind: 'vra-opened'; readonly vra: string; readonly channel: VraChannel }
  | { readonly kind: 'vra-closed'; readonly vra: string; readonly channel: VraChannel }
  | { readonly kind: 'vra-said'; readonly vra: string; readonly message: VraReply }
  | { readonly kind: 'vra-cut'; readonly vra: string; readonly message: CheckpointReply }
  | { readonly kind: 'request'; readonly ticket: number; readonly request: Request }
  | { readonly kind: 'vra-installed'; readonly vra: string; readonly problem: string | undefined }
  | {
      readonly kind: 'script-ended';
      readonly key: string;
      readonly exit: number;
      /** What it printed, as far as it is kept. */
      readonly output?: string | undefined;
    }
  /** Time has leapt over a stretch in which nothing but these checkpoints was made. */
  | { readonly kind: 'leapt'; readonly vpgs: readonly LeaptVpg[] }
  /** Everything that was to be kept up to this token is durable. */
  | { readonly kind: 'kept'; readonly token: number }
  | { readonly kind: 'not-kept'; readonly problem: string };

export type Effect =
  | { readonly kind: 'dial-peer'; readonly site: string; readonly connection: ConnectionId }
  | { readonly kind: 'close-peer'; readonly connection: ConnectionId }
  | {
      readonly kind: 'tell-peer';
      readonly connection: ConnectionId;
      readonly message: ZvmMessage;
    }
  | { readonly kind: 'dial-vra'; readonly vra: string; readonly channel: VraChannel }
  | { readonly kind: 'close-vra'; readonly vra: string; readonly channel: VraChannel }
  | { readonly kind: 'tell-vra'; readonly vra: string; readonly message: VraCommand }
  | { readonly kind: 'cut'; readonly vra: string; readonly message: CheckpointCommand }
  | { readonly kind: 'install-vra'; readonly vra: string }
  /** Answered by `script-ended` with the same key. */
  | {
      readonly kind: 'run-script';
      readonly key: string;
      readonly vpg: string;
      readonly which: ScriptName;
      readonly script: PlannedScript;
    }
  | { readonly kind: 'keep'; readonly token: number; readonly record: StateRecord }
  | { readonly kind: 'answer'; readonly ticket: number; readonly reply: Reply };

/** Collects effects; the parts of the core share one. */
export class Outbox {
  #effects: Effect[] = [];
  #token = 0;
  #durable = 0;
  #later: StateRecord | undefined;

  push(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** Keeps a record on storage; the token comes back in `kept` when it is durable. */
  keep(record: StateRecord): number {
    this.#token += 1;
    const token = this.#token;
    this.#effects.push({ kind: 'keep', token, record });
    if (this.#later) {
      this.#token += 1;
      this.#effects.push({ kind: 'keep', token: this.#token, record: this.#later });
      this.#later = undefined;
    }
    return token;
  }

  /** The same without haste, together with what is kept next: see {@link hurry}. */
  keepLater(record: StateRecord): void {
    this.#later = record;
  }

  /** Keeps at last what has been put off. */
  hurry(): void {
    const record = this.#later;
    this.#later = undefined;
    if (record) this.keep(record);
  }

  /** The newest record that was to be kept. */
  get lastToken(): number {
    return this.#token;
  }

  /** Whether everything up to a token is on storage. */
  isDurable(token: number): boolean {
    return token <= this.#durable;
  }

  kept(token: number): void {
    this.#durable = Math.max(this.#durable, token);
  }

  take(): Effect[] {
    const effects = this.#effects;
    if (effects.length > 0) this.#effects = [];
    return effects;
  }
}
