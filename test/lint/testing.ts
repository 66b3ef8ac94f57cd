/**
 * The test kit of the rules: a test writes a topology as YAML and marks what has to be underlined
 * with `«…»`, so that exact ranges can be read instead of counted.
 */
import assert from 'node:assert/strict';
import { applyRules } from '../../src/lint/apply-rules.ts';
import type { LintOptions } from '../../src/lint/apply-rules.ts';
import { applyEdits } from '../../src/lint/fix.ts';
import type { Finding, Fix, Rule } from '../../src/lint/rule.ts';
import type { TextRange } from '../../src/topology/document.ts';
import { loadTopology } from '../../src/topology/load.ts';
import { filesIn, type Texts } from '../topology/several-files.ts';

export interface Marked {
  readonly text: string;
  /** What stood between markers, in the order of the text. */
  readonly ranges: readonly TextRange[];
}

/** Takes the markers out of a text. They may be nested and may stand around nothing. */
export function marked(source: string): Marked {
  const ranges: { start: number; end: number }[] = [];
  const open: { start: number; end: number }[] = [];
  let text = '';
  for (const character of source) {
    if (character === '«') {
      const range = { start: text.length, end: -1 };
      ranges.push(range);
      open.push(range);
    } else if (character === '»') {
      const range = open.pop();
      assert.ok(range, 'a » without its «');
      range.end = text.length;
    } else {
      text += character;
    }
  }
  assert.equal(open.length, 0, 'a « without its »');
  ranges.sort((a, b) => a.start - b.start || a.end - b.end);
  return { text, ranges };
}

/** The text with the findings marked, which is what a failing test shows. */
export function mark(text: string, ranges: readonly TextRange[]): string {
  const at = (offset: number): string =>
    ranges.map((range) => (range.end === offset && range.start < offset ? '»' : '')).join('') +
    ranges.map(({ start, end }) => (start === offset ? (start === end ? '«»' : '«') : '')).join('');
  let result = '';
  for (let offset = 0; offset <= text.length; offset += 1) {
    result += at(offset) + text.slice(offset, offset + 1);
  }
  return result;
}

/** What one rule finds in a text without markers. Problems of reading are findings of other rules. */
export function findingsOf(
  rule: Rule,
  text: string,
  options?: LintOptions,
  besides?: Texts,
): readonly Finding[] {
  const files = besides && filesIn(besides, {}, 'test.dr.yaml');
  const loaded = loadTopology(text, 'test.dr.yaml', files);
  return applyRules([rule], loaded, options).filter((finding) => {
    assert.notEqual(finding.rule, 'internal/rule-failed', finding.message);
    return finding.rule === rule.name;
  });
}

/**
 * Asserts that the rule underlines exactly what the source marks, and nothing where it marks
 * nothing. `messages`, where given, must match the findings in their order; `besides` are files that the
 * source may include.
 */
export function expectFindings(
  rule: Rule,
  source: string,
  messages?: readonly (RegExp | string)[],
  besides?: Texts,
): readonly Finding[] {
  const { text, ranges } = marked(source);
  const findings = findingsOf(rule, text, undefined, besides);
  assert.equal(
    mark(
      text,
      findings.map(({ range }) => range),
    ),
    mark(text, ranges),
    findings.map(({ message }) => message).join('\n'),
  );
  if (messages) {
    assert.equal(findings.length, messages.length, 'number of findings');
    messages.forEach((expected, index) => {
      const actual = findings[index]?.message ?? '';
      if (typeof expected === 'string') assert.equal(actual, expected);
      else assert.match(actual, expected);
    });
  }
  return findings;
}

/** The fix of that title; by default the only one. */
export function fixOf(finding: Finding | undefined, title?: RegExp | string): Fix {
  assert.ok(finding, 'no finding to fix');
  const titles = finding.fixes.map((fix) => fix.title).join(' | ');
  const matching = finding.fixes.filter(
    (fix) =>
      title === undefined ||
      (typeof title === 'string' ? fix.title === title : title.test(fix.title)),
  );
  assert.equal(matching.length, 1, `one fix expected of: ${titles}`);
  return matching[0]!;
}

/**
 * Asserts that the source (with one marked finding, or several of which `index` is meant) becomes
 * exactly `after` by the fix, and that the fixed file reads without a problem that it did not have
 * before and without that finding.
 */
export function expectFix(
  rule: Rule,
  source: string,
  after: string,
  title?: RegExp | string,
  index = 0,
  besides?: Texts,
): void {
  const findings = expectFindings(rule, source, undefined, besides);
  const finding = findings[index];
  const before = marked(source).text;
  const fixed = applyEdits(before, fixOf(finding, title).edits);
  assert.equal(fixed, after);
  assert.ok(
    loadTopology(fixed, 'test.dr.yaml').problems.length <=
      loadTopology(before, 'test.dr.yaml').problems.length,
    'the fixed file has problems of its own',
  );
  assert.ok(
    !findingsOf(rule, fixed, undefined, besides).some(
      ({ message }) => message === finding?.message,
    ),
    'the finding is still there',
  );
}

/** The rule finds nothing in the text. */
export function expectNothing(rule: Rule, text: string, besides?: Texts): void {
  assert.deepEqual(
    findingsOf(rule, text, undefined, besides).map(({ message }) => message),
    [],
  );
}
