/** Leaves that name something else in the file. Whether it exists is checked when names are bound. */
import type { z } from 'zod';
import { text } from './leaf.ts';

/** The name of an entry whose kind and whereabouts are clear. */
export function nameOf(kind: string, description: string, examples?: string[]): z.ZodType<string> {
  return text(`the name of a ${kind}`, description, examples);
}

/** `Site/network`. */
export function networkPath(): z.ZodType<string> {
  return text('Site/network', 'A network of a site, as `Site/network`.', ['Prod_Site/isolated']);
}

/** `Site`, `Site/zvm`, `Site/host` or `Site/host/vra`. */
export function componentPath(description: string): z.ZodType<string> {
  return text('Site, Site/zvm, Site/host or Site/host/vra', description, [
    'Prod_Site/zvm',
    'Prod_Site/esx-p1/vra',
  ]);
}
