/** What the server needs of the engine that it speaks for. */
import type { LabSnapshot, Reply, Request, Timeline } from '../api.ts';
import type {
  CloneAnswer,
  ComponentVerb,
  EngineInfo,
  LinkDegradation,
  MountAnswer,
  Question,
  ServedDisk,
  ServedImage,
} from './questions.ts';

/**
 * A running engine. Names are those of the topology; one that it does not have is a `QuestionError`
 * `unknown-name`. Whatever else it throws is taken for a fault of the engine.
 */
export interface ControlledEngine {
  info(): EngineInfo;
  snapshot(): LabSnapshot;
  timeline(): Timeline;
  disks(): readonly ServedDisk[];
  images(): readonly ServedImage[];
  /** Images in the reply are NBD URIs. */
  request(site: string | undefined, request: Request): Promise<Reply>;
  power(component: string, verb: ComponentVerb): void;
  cutLink(link: string): void;
  healLink(link: string): void;
  degradeLink(link: string, change: LinkDegradation): void;
  /** Gives up when the signal says so, and leaves no half-made file. */
  clone(question: CloneQuestion, progress: Progress, signal: AbortSignal): Promise<CloneAnswer>;
  /** What is mounted stays until it is closed. */
  mount(question: MountQuestion): Promise<Mounted>;
  /** Ends the engine, soon. */
  stop(): void;
  /** Takes note of what went wrong, without anything secret in it. */
  report(problem: string): void;
}

export type CloneQuestion = Extract<Question, { kind: 'clone' }>;

export type MountQuestion = Extract<Question, { kind: 'mount' }>;

export interface Mounted {
  readonly answer: MountAnswer;
  /** Ends the disks of the answer; where it was refused there are none. */
  close(): void;
}

/** Bytes. */
export type Progress = (done: number, total: number) => void;
