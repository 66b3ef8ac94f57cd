/** Scripts around a recovery or a checkpoint, with their time-outs. */
import { scriptWords } from '../../../topology/scripts.ts';
import type { ScriptName } from '../../../topology/scripts.ts';
import { decline } from '../deployment.ts';
import type { Run } from './run.ts';
import type { OperationTools } from './tools.ts';

/**
 * Runs the script of a VPG, if it has one. One that fails or takes too long ends the operation before
 * anything has been recovered, unless it is to go on.
 */
export function runScript(
  tools: OperationTools,
  run: Run,
  which: 'pre' | 'post',
  goOn: boolean,
  then: () => void,
): void {
  tryScript(tools, run, which, (problem) => {
    if (problem === undefined || goOn) then();
    else run.end(decline(problem));
  });
}

/** Runs the script of a VPG, if it has one, and says in words what went wrong with it. */
export function tryScript(
  tools: OperationTools,
  run: Run,
  which: ScriptName,
  ended: (problem: string | undefined) => void,
): void {
  const script = run.vpg.plan.scripts[which];
  if (!script) {
    ended(undefined);
    return;
  }
  const { command, timeout } = script;
  const begun = run.now;
  const key = `script ${run.id} ${which}`;
  const failed = (why: string, said = ''): void => {
    run.step(`The ${scriptWords[which]} ${command} ${why}${said}`, 'failed');
    ended(`The ${scriptWords[which]} of ${run.vpg.name} ${why}`);
  };
  tools.runScript(key, run.vpg, script, which);
  run.expectInTime(
    key,
    timeout,
    () => {
      failed(`did not end within ${timeout / 1000} s`);
    },
    () => {
      const { exit, output = '' } = run.scriptEnd ?? { exit: undefined };
      const said = output === '' ? '' : `; it printed: ${output}`;
      if (exit !== 0) {
        failed(`ended with exit status ${exit ?? 'unknown'}`, said);
        return;
      }
      const took = `${(run.now - begun) / 1000} s`;
      run.step(`Ran the ${scriptWords[which]} ${command} in ${took}, exit status 0${said}`);
      ended(undefined);
    },
  );
}
