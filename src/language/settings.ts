/** The user's settings, as far as the language server obeys them. */
import { z } from 'zod';
import type { LintOptions } from '../lint/run.ts';

const inlayHints = z.object({ inlayHints: z.object({ enabled: z.boolean() }) });

const settings = z.object({
  lint: z
    .object({
      rules: z
        .record(z.string(), z.enum(['off', 'error', 'warning', 'information', 'hint']))
        .catch({}),
    })
    .catch({ rules: {} }),
});

/** Settings come from files that people edit by hand: what does not fit is as if it were not there. */
export function settingsFrom(configuration: unknown): LintOptions {
  const parsed = settings.safeParse(configuration);
  return parsed.success ? { severities: parsed.data.lint.rules } : {};
}

/** Hints are shown unless they are switched off. */
export function inlayHintsFrom(configuration: unknown): boolean {
  const parsed = inlayHints.safeParse(configuration);
  return !parsed.success || parsed.data.inlayHints.enabled;
}
