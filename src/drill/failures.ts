/** What went otherwise than expected, at the place that expected it. */
import {
  within,
  type Path,
  type Place,
  type TextRange,
  type TopologyDocument,
} from '../topology/document.ts';
import type { DrillFailure, DrillRange } from './protocol.ts';

export function rangeOf(place: Place, part: 'key' | 'value' | 'entry' = 'value'): DrillRange {
  const { document, path } = place;
  const range =
    part === 'key'
      ? document.keyRange(path)
      : part === 'entry'
        ? document.entryRange(path)
        : document.valueRange(path);
  return drillRangeOf(document, range);
}

export function drillRangeOf(document: TopologyDocument, range: TextRange): DrillRange {
  return {
    uri: document.uri,
    start: document.positionAt(range.start),
    end: document.positionAt(range.end),
  };
}

export function failureAt(
  place: Place,
  message: string,
  expected: string,
  actual: string,
  part: 'key' | 'value' | 'entry' = 'value',
): DrillFailure {
  return { range: rangeOf(place, part), message, expected, actual };
}

/** Collects the failures of one block of expectations. */
export class Judge {
  readonly #place: Place;
  readonly #failures: DrillFailure[];

  constructor(place: Place, failures: DrillFailure[]) {
    this.#place = place;
    this.#failures = failures;
  }

  /** `what` is the subject of the sentence: `the health of file-server`. */
  expect(holds: boolean, path: Path, what: string, expected: string, actual: string): void {
    if (holds) return;
    this.#failures.push(
      failureAt(
        within(this.#place, ...path),
        `Expected ${what} to be ${expected}, but it is ${actual}.`,
        expected,
        actual,
      ),
    );
  }

  fail(path: Path, message: string, expected: string, actual: string): void {
    this.#failures.push(failureAt(within(this.#place, ...path), message, expected, actual));
  }
}
