/** The schema behind a place of the file, for what an editor shows there. */
import type { z } from 'zod';
import type { Path } from '../document.ts';
import { fileSchema } from './file.ts';

/** What the language says about the value at a path; undefined where it knows no such key. */
export function descriptionAt(path: Path): string | undefined {
  const schema = schemaAt(path);
  return schema && description(schema);
}

/** The schema of the value at a path; undefined where the language knows no such key. */
export function schemaAt(path: Path): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = fileSchema;
  for (const key of path) {
    schema = step(schema, key);
    if (!schema) return undefined;
  }
  return schema;
}

function description(schema: z.core.$ZodType): string | undefined {
  const own = (schema as z.ZodType).description;
  if (own !== undefined) return own;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'optional' || def.type === 'prefault'
    ? description(def.innerType)
    : undefined;
}

function step(schema: z.core.$ZodType, key: string | number): z.core.$ZodType | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'prefault':
      return step(def.innerType, key);
    case 'object':
      return typeof key === 'string' && Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
    case 'record':
      return typeof key === 'string' ? def.valueType : undefined;
    case 'array':
      return typeof key === 'number' ? def.element : undefined;
    case 'tuple':
      return typeof key === 'number' ? def.items[key] : undefined;
    case 'union':
      for (const option of def.options) {
        const found = step(option, key);
        if (found) return found;
      }
      return undefined;
    default:
      return undefined;
  }
}
