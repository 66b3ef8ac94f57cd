/**
 * The parts of SARIF 2.1.0 that the linter writes, after the standard: objects take no other
 * properties, and these ones are required.
 */
import { z } from 'zod';

const level = z.enum(['none', 'note', 'warning', 'error']);
const message = z.strictObject({ text: z.string().min(1) });
const artifactLocation = z.strictObject({
  uri: z.string().regex(/^(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+$/),
});
const region = z
  .strictObject({
    startLine: z.int().min(1),
    startColumn: z.int().min(1),
    endLine: z.int().min(1),
    endColumn: z.int().min(1),
  })
  .refine(
    (each) =>
      each.endLine > each.startLine ||
      (each.endLine === each.startLine && each.endColumn >= each.startColumn),
    'a region ends behind its start',
  );
const physicalLocation = z.strictObject({ artifactLocation, region });

const unique = (items: readonly unknown[]): boolean =>
  new Set(items.map((item) => JSON.stringify(item))).size === items.length;

const rule = z.strictObject({
  id: z.string().min(1),
  shortDescription: message,
  helpUri: z.url(),
  defaultConfiguration: z.strictObject({ level }),
  properties: z.strictObject({ tags: z.array(z.string()).refine(unique) }),
});

const fix = z.strictObject({
  description: message,
  artifactChanges: z
    .array(
      z.strictObject({
        artifactLocation,
        replacements: z
          .array(
            z.strictObject({
              deletedRegion: region,
              insertedContent: z.strictObject({ text: z.string() }).optional(),
            }),
          )
          .min(1),
      }),
    )
    .min(1)
    .refine(unique),
});

const result = z.strictObject({
  ruleId: z.string().min(1),
  ruleIndex: z.int().min(0).optional(),
  level,
  message,
  locations: z.array(z.strictObject({ physicalLocation })).length(1),
  relatedLocations: z
    .array(z.strictObject({ id: z.int().min(0), message, physicalLocation }))
    .min(1)
    .refine(unique)
    .optional(),
  fixes: z.array(fix).min(1).refine(unique).optional(),
});

export const sarifLog = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z
    .array(
      z.strictObject({
        tool: z.strictObject({
          driver: z.strictObject({
            name: z.string().min(1),
            informationUri: z.url(),
            rules: z.array(rule).refine(unique),
          }),
        }),
        columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
        results: z.array(result),
      }),
    )
    .length(1),
});
