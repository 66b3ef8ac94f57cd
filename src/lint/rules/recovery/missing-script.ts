import { within } from '../../../topology/document.ts';
import { scriptNames, scriptWords } from '../../../topology/scripts.ts';
import type { Script } from '../../../topology/model.ts';
import type { Rule } from '../../rule.ts';

export const missingScript: Rule = {
  name: 'recovery/missing-script',
  title: 'A script that a recovery or a checkpoint runs is not there',
  severity: 'warning',
  facts: [],
  check({ topology, report, hasFile }) {
    for (const { name, scripts } of topology.vpgs.values()) {
      for (const which of scriptNames) {
        const script = scripts[which];
        const path = script && pathOf(script);
        if (!script || path === undefined) continue;
        const at = within(script.place, 'command');
        if (hasFile(at.document, path) !== false) continue;
        report({
          at,
          message:
            `There is no file ${path} beside this one, so the ${scriptWords[which]} of ${name} cannot be ` +
            `run: ${which === 'pre' || which === 'post' ? 'a recovery' : 'an application-consistent checkpoint'} of it waits or fails at that step.`,
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
