/** The user's settings, as far as the language server obeys them. */
import { z } from 'zod';
import type { LintOptions } from '../lint/run.ts';

const inlayHints = z.object({ inlayHints: z.object({ enabled: z.boolean() }) });

const severity = z.enum(['off', 'error', 'warning', 'information', 'hint']);

const settings = z.object({
  lint: z.object({ rules: z.record(z.string(), z.unknown()) }),
});

/** Settings come from files that people edit by hand: what does not fit is as if it were not there. */
export function settingsFrom(configuration: unknown): LintOptions {
  const parsed = settings.safeParse(configuration);
  if (!parsed.success) return {};
  const rules = Object.entries(parsed.data.lint.rules).flatMap(([name, set]) => {
    const known = severity.safeParse(set);
    return known.success ? [[name, known.data] as const] : [];
  });
  return { severities: Object.fromEntries(rules) };
}

/** Hints are shown unless they are switched off. */
export function inlayHintsFrom(configuration: unknown): boolean {
  const parsed = inlayHints.safeParse(configuration);
  return !parsed.success || parsed.data.inlayHints.enabled;
}
