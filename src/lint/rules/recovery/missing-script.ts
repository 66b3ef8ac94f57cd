import { within } from '../../../topology/document.ts';
import type { Script } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';

export const missingScript: Rule = {
  name: 'recovery/missing-script',
  title: 'A script that a recovery runs is not there',
  severity: 'warning',
  facts: [],
  check({ topology, report, hasFile }) {
    for (const { name, scripts } of topology.vpgs.values()) {
      for (const script of [scripts.pre, scripts.post]) {
        const path = script && pathOf(script);
        if (!script || path === undefined) continue;
        const at = within(script.place, 'command');
        if (hasFile(at.document, path) !== false) continue;
        report({
          at,
          message:
            `There is no file ${path} beside this one, so the ${script === scripts.pre ? 'pre' : 'post'}-recovery ` +
            `script of ${name} cannot be run: a recovery of it waits or fails at that step.`,
        });
      }
    }
  },
};

/** A bare word is a command of the system, and quotes are the shell's to read. */
function pathOf({ command }: Script): string | undefined {
  const [path = ''] = command.split(/\s/);
  return path.includes('/') && !/["'$%`]/.test(path) ? path : undefined;
}
