/** What a lint rule is, and what it reports. */
import type {
  Place,
  PlacedProblem,
  RelatedPlace,
  TextRange,
  TopologyDocument,
} from '../topology/document.ts';
import type { DocumentEdit } from '../topology/edit.ts';
import type { Topology } from '../topology/model.ts';

export type { RelatedPlace } from '../topology/document.ts';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

export interface Fix {
  /** What the fix does, as a menu shows it: `Add a route to 10.10.10.0/24`. */
  readonly title: string;
  /** They may change other documents than the one that the finding is in. */
  readonly edits: readonly DocumentEdit[];
  /** True where the fix may be applied without a look: it can only mean one thing. */
  readonly safe: boolean;
}

/** What a rule found. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly document: TopologyDocument;
  readonly range: TextRange;
  readonly fixes: readonly Fix[];
  readonly related: readonly RelatedPlace[];
}

/** What a rule says; its name, default severity and document are filled in by the runner. */
export interface Report {
  readonly at: Place;
  /** Which part of the entry is underlined: the value (default), its key, or both. */
  readonly on?: 'value' | 'key' | 'entry';
  readonly message: string;
  /** Where a rule has more than one severity. */
  readonly severity?: Severity;
  readonly fixes?: readonly Fix[];
  readonly related?: readonly RelatedPlace[];
}

export interface RuleContext {
  readonly topology: Topology;
  /**
   * What kept the topology from being read whole. A rule that concludes from something being absent
   * stays silent where it may merely not have been read.
   */
  readonly problems: readonly PlacedProblem[];
  readonly report: (report: Report) => void;
  /**
   * Whether there is a file at a path that `from` names, relative to itself; undefined where nobody can
   * tell, or where the path leads out of the topology's folder.
   */
  readonly hasFile: (from: TopologyDocument, path: string) => boolean | undefined;
}

export interface Rule {
  /** `area/what-is-wrong`; its page is `docs/rules/area/what-is-wrong.md`. */
  readonly name: string;
  readonly title: string;
  readonly severity: Severity;
  /** Ids of the facts that it stands on, such as `NET-6`. */
  readonly facts: readonly string[];
  /** Undefined for what reading the file already reports (`yaml/*`, `schema/*`). */
  readonly check: ((context: RuleContext) => void) | undefined;
}
