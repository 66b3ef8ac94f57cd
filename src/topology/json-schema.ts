/** The language as a JSON Schema, for editors and tools that know no other. */
import { z } from 'zod';
import { fileSchema } from './schema/file.ts';

/**
 * The JSON Schema (draft 7) of a topology file as it is written. It says what each value on its own
 * must look like; that names lead somewhere, and that keys go together, only the linter can tell.
 */
export function topologyJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' });
  return { $schema, title: 'Disaster-recovery topology', ...schema };
}
