/** Validates SARIF logs against the schema of the standard; see README.md beside this file. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';

interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

interface PhysicalLocation {
  readonly artifactLocation: { readonly uri: string };
  readonly region: Region;
}

/** Of a valid log what the tests look at. */
export interface SarifRun {
  readonly tool: {
    readonly driver: {
      readonly rules: readonly { readonly id: string; readonly helpUri: string }[];
    };
  };
  readonly results: readonly {
    readonly ruleId: string;
    readonly ruleIndex?: number;
    readonly message: { readonly text: string };
    readonly locations: readonly { readonly physicalLocation: PhysicalLocation }[];
    readonly relatedLocations?: readonly { readonly physicalLocation: PhysicalLocation }[];
    readonly fixes?: readonly {
      readonly artifactChanges: readonly {
        readonly artifactLocation: { readonly uri: string };
        readonly replacements: readonly { readonly deletedRegion: Region }[];
      }[];
    }[];
  }[];
}

const read = (url: string): object =>
  JSON.parse(readFileSync(new URL(url, import.meta.url), 'utf8')) as object;

// The schema is of draft 4, whose ids are spelt `id`.
const ajv = new Ajv({ schemaId: 'id', meta: false, allErrors: true, format: 'full' });
ajv.addMetaSchema(
  JSON.parse(
    readFileSync(new URL(import.meta.resolve('ajv/lib/refs/json-schema-draft-04.json')), 'utf8'),
  ) as object,
);
const validate = ajv.compile(read('./sarif-2.1.0-rtm.5.json'));

/** What the schema says against a log; empty for a valid one. */
export function sarifProblems(log: unknown): readonly string[] {
  return validate(log)
    ? []
    : (validate.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message ?? ''}`);
}

/** The only run of a log that has to be valid. */
export function sarifRun(log: unknown): SarifRun {
  assert.deepEqual(sarifProblems(log), []);
  const { runs } = log as { runs: readonly SarifRun[] };
  assert.equal(runs.length, 1);
  return runs[0]!;
}
