/**
 * Findings as SARIF 2.1.0 (OASIS), the format that code scanning services take. Rules, places, related
 * places and fixes are all there; each result names its rule by id and by index.
 */
import { rules, ruleUrl } from '../../lint/registry.ts';
import type { Finding, Fix, Severity } from '../../lint/rule.ts';
import { byDocument, type TextRange, type TopologyDocument } from '../../topology/document.ts';
import { regionOf } from '../region.ts';

const schema =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** SARIF knows no hints. */
const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
  hint: 'note',
};

const ruleIndexes = new Map(rules.map(({ name }, index) => [name, index]));

/** A SARIF log with one run. Its shape is the standard's, so it has no types of ours. */
export function sarifOf(findings: readonly Finding[]): object {
  return {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Tidemark',
            informationUri: 'https://github.com/tidemark-dr/tidemark',
            rules: rules.map(({ name, title, severity, facts }) => ({
              id: name,
              shortDescription: { text: title },
              helpUri: ruleUrl(name),
              defaultConfiguration: { level: levels[severity] },
              properties: { tags: [name.split('/')[0] ?? name, ...facts] },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map(resultOf),
      },
    ],
  };
}

function resultOf(finding: Finding): object {
  const { rule, severity, message, document, range, related, fixes } = finding;
  const ruleIndex = ruleIndexes.get(rule);
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: levels[severity],
    message: { text: message },
    locations: [{ physicalLocation: locationOf(document, range) }],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map(({ place, message: said }, index) => ({
            id: index + 1,
            message: { text: said },
            physicalLocation: locationOf(place.document, place.document.keyRange(place.path)),
          })),
        }),
    ...(fixes.length === 0 ? {} : { fixes: fixes.map(fixOf) }),
  };
}

function fixOf({ title, edits }: Fix): object {
  return {
    description: { text: title },
    artifactChanges: [...byDocument(edits)].map(([document, its]) => ({
      artifactLocation: { uri: uriOf(document.uri) },
      replacements: its.map(({ range, newText }) => ({
        deletedRegion: sarifRegion(document, range),
        ...(newText === '' ? {} : { insertedContent: { text: newText } }),
      })),
    })),
  };
}

function locationOf(document: TopologyDocument, range: TextRange): object {
  return {
    artifactLocation: { uri: uriOf(document.uri) },
    region: sarifRegion(document, range),
  };
}

function sarifRegion(document: TopologyDocument, range: TextRange): object {
  const { line, column, endLine, endColumn } = regionOf(document, range);
  return { startLine: line, startColumn: column, endLine, endColumn };
}

/** A path as a URI: relative to where the command ran, as the services want it, or `file:`. */
export function uriOf(path: string): string {
  const isWindows = /^[a-z]:[\\/]/i.test(path) || path.startsWith('\\\\');
  const slashed = path.includes('/') && !isWindows ? path : path.replaceAll('\\', '/');
  const encoded = slashed
    .replace(/^(\.\/+)+/, '')
    .split('/')
    .map((part, index) =>
      isWindows && index === 0 && part.endsWith(':') ? part : encodeURIComponent(part),
    )
    .join('/');
  if (encoded.startsWith('//')) return `file:${encoded}`;
  if (encoded.startsWith('/')) return `file://${encoded}`;
  return isWindows ? `file:///${encoded}` : encoded;
}
