/** What reading a file may object to. The linter lists these beside its own rules. */

export interface ProblemRule {
  readonly name: string;
  readonly title: string;
  readonly severity: 'error' | 'warning' | 'information' | 'hint';
}

const error = (name: string, title: string): ProblemRule => ({ name, title, severity: 'error' });

export const problemRules: readonly ProblemRule[] = [
  error('yaml/syntax', 'The text is not YAML'),
  error('yaml/duplicate-key', 'A key stands twice in a map'),
  error('yaml/tab', 'A tab is used for indentation'),
  error('yaml/bad-key', 'A key is missing, or is a list, a map or an alias'),
  error('yaml/alias', 'An alias has no anchor, or there are too many of them'),
  error('yaml/tag', 'A YAML tag is used'),
  error('yaml/several-documents', 'The file holds more than one YAML document'),
  error('yaml/encoding', 'The file is not UTF-8, or holds control characters'),
  error('yaml/too-large', 'The file is too large to be read'),
  error('yaml/too-deep', 'Values are nested too deep'),
  { name: 'yaml/empty', title: 'The file says nothing yet', severity: 'information' },
  error('schema/unknown-key', 'A key that the language does not know'),
  error('schema/missing-key', 'A key that is needed is missing'),
  error('schema/wrong-type', 'A value of the wrong type, or no value at all'),
  error('schema/bad-quantity', 'A duration, size, rate or share that cannot be read'),
  error('schema/bad-address', 'An address or a range that cannot be read'),
  error('schema/unknown-value', 'A word that is none of those that are allowed'),
  error('schema/out-of-range', 'A value beyond the bounds of its field'),
  error('schema/bad-name', 'A name with a slash, with spaces at its ends, or too long'),
  error('schema/bad-combination', 'Keys that do not go together'),
  error('schema/too-many-problems', 'More problems than are listed'),
  error('schema/ambiguous-name', 'A name that more than one thing has'),
  error('include/missing', 'A file to be included is not there'),
  error('include/no-match', 'A pattern for files to be included matches none'),
  error('include/outside', 'A file to be included is outside of the folder of the topology'),
  error('include/unreadable', 'A file to be included cannot be read'),
  error('include/cycle', 'A file includes itself, by itself or by way of others'),
  error('include/too-many', 'A topology of too many files'),
  error('include/not-read', 'Files cannot be included here'),
  error('include/duplicate-name', 'A site, link, VPG or drill is declared in two files'),
];
