/** Drill outcomes as JUnit XML, which CI servers show as tests: a suite for the file, a case a drill. */
import type { DrillOutcome } from '../../drill/protocol.ts';
import { formatDuration } from '../../topology/quantities.ts';

/** A drill, or a whole file, that could not be run. */
export interface JunitError {
  readonly name: string;
  readonly message: string;
}

/**
 * Times are left out: a drill of four hours takes a second, and neither number would be what a CI server
 * compares. The virtual time is a property of the case.
 */
export function junitOf(
  file: string,
  outcomes: readonly DrillOutcome[],
  errors: readonly JunitError[],
): string {
  const failed = outcomes.filter(({ verdict }) => verdict === 'failed').length;
  const counts = {
    tests: outcomes.length + errors.length,
    failures: failed,
    errors: errors.length,
    skipped: 0,
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'Tidemark', ...counts })}>`,
    `  <testsuite${attributes({ name: file, ...counts })}>`,
    ...outcomes.flatMap((outcome) => caseOf(file, outcome)),
    ...errors.flatMap(({ name, message }) => [
      `    <testcase${attributes({ classname: file, name })}>`,
      `      <error${attributes({ message: firstLine(message), type: 'error' })}>${escaped(message)}</error>`,
      '    </testcase>',
    ]),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseOf(file: string, outcome: DrillOutcome): readonly string[] {
  const { name, range, failures, seed, duration, timeline } = outcome;
  const line = range.start.line + 1;
  const summary = timeline.snapshot.vpgs.map(
    (vpg) =>
      `${vpg.name}: ${vpg.checkpoints.count} checkpoints, history ${formatDuration(vpg.history)}, ${vpg.status}`,
  );
  return [
    `    <testcase${attributes({ classname: file, name, file: range.uri, line })}>`,
    '      <properties>',
    `        <property${attributes({ name: 'seed', value: seed })}/>`,
    `        <property${attributes({ name: 'virtualSeconds', value: duration / 1000 })}/>`,
    '      </properties>',
    ...failures.map(({ range: at, message, expected, actual }) => {
      const place = `${at.uri}:${at.start.line + 1}:${at.start.character + 1}`;
      const text = `${place}: ${message}\nexpected: ${expected}\nactual: ${actual}`;
      return `      <failure${attributes({ message, type: 'expectation' })}>${escaped(text)}</failure>`;
    }),
    ...(summary.length === 0
      ? []
      : [`      <system-out>${escaped(summary.join('\n'))}</system-out>`]),
    '    </testcase>',
  ];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replace(/\s/g, reference)}"`)
    .join('');
}

/** XML would read a line break in an attribute as a space. */
function reference(space: string): string {
  return space === ' ' ? space : `&#${space.charCodeAt(0)};`;
}

function escaped(text: string): string {
  return (
    text
      // Halves of a pair of code units, which UTF-8 cannot hold.
      .replace(/\p{Surrogate}/gu, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // Characters that no XML document may hold, not even as references.
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
  );
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
