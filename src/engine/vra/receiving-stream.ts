/** One recovery stream in the receiving VRA: its journal, and where the sender stands with it. */
import type { Journal, JournalError } from '../journal/journal.ts';
import type {
  RecoveryStream,
  RecoveryStreamReport,
  ReplicaCondition,
  StreamState,
} from './messages.ts';

export class ReceivingStream {
  settings: RecoveryStream;
  /** Undefined while it is being opened, or cannot be. */
  journal: Journal | undefined;
  opening = false;
  /** What the journal or its datastore failed with; the stream is suspended. */
  failure: string | undefined;
  /** The failure is that its datastore is below the floor. */
  lowSpace = false;
  /** The peer has been told where to go on, over its present connection. */
  attached = false;
  /** The peer has asked, and gets its answer when nothing is under way in the journal. */
  asked = false;
  /** Frames are ignored until the one right behind the journal's position arrives. */
  rewinding = false;
  /** Frames and their bytes handed to the journal and not yet durable. */
  pendingFrames = 0;
  pendingBytes = 0;
  /** Damage of the journal, from when it was found until a synchronisation has healed it. */
  damage: JournalError | undefined;
  /** The damage that the sender has been told of, so that it sends all anew. */
  toldDamage: JournalError | undefined;
  aging = false;
  /** Whether its ZVM was told of anything that can be recovered. */
  toldRecoverable = false;
  /** A former VRA wrote what the journal held when it was opened; nothing has been compared since. */
  unverified = false;
  /** It takes nothing any more: what it holds becomes the disks of a recovered VM. */
  fenced = false;
  /** What ageing failed with last. */
  agingTrouble: string | undefined;

  constructor(settings: RecoveryStream) {
    this.settings = settings;
  }

  get suspended(): boolean {
    return this.failure !== undefined;
  }

  /** Whether it takes frames, and none is under way. */
  get isQuiet(): boolean {
    return (
      this.attached &&
      !this.asked &&
      !this.rewinding &&
      !this.fenced &&
      !this.unverified &&
      !this.aging &&
      !this.suspended &&
      this.damage === undefined &&
      this.pendingFrames === 0 &&
      this.journal?.quiet === true
    );
  }

  get replica(): ReplicaCondition {
    const { journal } = this;
    if (journal?.damage !== undefined) return 'damaged';
    if (!journal || journal.position.epoch === 0) {
      return this.settings.seeded === true ? 'complete' : 'empty';
    }
    if (journal.sync === 'initial' || journal.sync === 'delta') return 'incomplete';
    return this.unverified ? 'unverified' : 'complete';
  }

  /** Looks at the journal's health; true where it is not what it was. */
  examine(): boolean {
    const { journal, damage } = this;
    if (!journal) return false;
    if (journal.damage !== undefined) this.damage = journal.damage;
    else if (journal.sync === undefined) this.damage = this.toldDamage = undefined;
    return this.damage !== damage;
  }

  /** `whole`: with everything that the journal holds. */
  report(
    connected: boolean,
    peerHearsItsZvm: boolean | undefined,
    whole = false,
  ): RecoveryStreamReport {
    const { journal } = this;
    const failure = this.failure ?? this.damage?.message ?? this.agingTrouble;
    this.toldRecoverable = journal?.recoverable ?? false;
    return {
      stream: this.settings.stream,
      state: this.#state(connected),
      sync: journal?.sync,
      peerHearsItsZvm,
      oldest: journal?.oldest(),
      newest: journal?.newest(),
      journalBytes: journal?.bytes ?? 0,
      recoverable: this.toldRecoverable,
      ...(journal?.atLimit === true && { atLimit: true }),
      ...(this.lowSpace && { lowSpace: true }),
      ...(this.damage && { damage: this.damage.message }),
      ...(whole && journal && { held: journal.checkpoints() }),
      ...(failure !== undefined && { failure }),
    };
  }

  #state(connected: boolean): StreamState {
    if (this.suspended) return 'suspended';
    if (!connected) return 'disconnected';
    if (!this.attached) return 'attaching';
    return this.journal?.sync === undefined ? 'replicating' : 'syncing';
  }
}
