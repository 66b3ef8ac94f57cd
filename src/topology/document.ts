/**
 * A topology file's text, parsed once, with the place of every value.
 *
 * Everything that speaks about the file (a finding, a tree item, a failed expectation) names a
 * {@link Place}: a path of keys in a document. Offsets become lines and columns only at the edge.
 */

/** Keys and list indexes from the root of the file, such as `['sites', 'DR_Site', 'zvm']`. */
export type Path = readonly (string | number)[];

/** Offsets into the text, in UTF-16 code units; `end` is exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Line and column, both counted from 0 (as editors do). */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A value of a topology file. */
export interface Place {
  readonly document: TopologyDocument;
  readonly path: Path;
}

/** Something that keeps the text from being read as a topology, at its place. */
export interface Problem {
  /** The lint rule that reports it, such as `yaml/duplicate-key` or `schema/unknown-key`. */
  readonly rule: string;
  readonly message: string;
  readonly range: TextRange;
  /** Text to put there instead, where it can be known (a near miss of a key or of an enum value). */
  readonly suggestions: readonly string[];
}

/** Another place that helps to understand what is said of one. */
export interface RelatedPlace {
  readonly message: string;
  readonly place: Place;
}

/** A problem, and the document that it stands in. */
export interface PlacedProblem extends Problem {
  readonly document: TopologyDocument;
  readonly related?: readonly RelatedPlace[];
}

export interface TopologyDocument {
  /** How the file is called towards the user: a URI in the editor, a path on the command line. */
  readonly uri: string;
  readonly text: string;
  /** Offset of the first character of every line. */
  readonly lineStarts: readonly number[];
  /** What YAML itself objects to. Where there is any of these, `value` is what could be read. */
  readonly problems: readonly Problem[];
  /** The plain value: objects without a prototype, arrays and scalars; `undefined` for no content. */
  readonly value: unknown;
  /** Where the key of an entry stands; the value's range for list items and the root. */
  keyRange(path: Path): TextRange;
  /** Where the value stands. A path that is not in the text gives its nearest ancestor's key. */
  valueRange(path: Path): TextRange;
  /** Key and value together; for a list item the whole item. */
  entryRange(path: Path): TextRange;
  /** Whether the path stands in the text. */
  has(path: Path): boolean;
  /** The path of the innermost value whose entry holds the offset. */
  pathAt(offset: number): Path;
  positionAt(offset: number): Position;
  offsetAt(position: Position): number;
}

/** The place below another one. */
export function within(place: Place, ...path: Path): Place {
  return { document: place.document, path: [...place.path, ...path] };
}

/** What stands in documents, by its document. */
export function byDocument<T extends { readonly document: TopologyDocument }>(
  items: Iterable<T>,
): Map<TopologyDocument, T[]> {
  const groups = new Map<TopologyDocument, T[]>();
  for (const item of items) {
    const group = groups.get(item.document);
    if (group) group.push(item);
    else groups.set(item.document, [item]);
  }
  return groups;
}
