/** Scripts around a recovery, with their time-outs. */
import type { Reply } from '../../api.ts';
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
  const script = run.vpg.plan.scripts[which];
  if (!script) {
    then();
    return;
  }
  const { command, timeout } = script;
  const begun = run.now;
  const key = `script ${run.id} ${which}`;
  const failed = (why: string): Reply => {
    run.step(`The ${which}-recovery script ${command} ${why}`, 'failed');
    if (!goOn) return decline(`The ${which}-recovery script of ${run.vpg.name} ${why}`);
    then();
    return { result: 'success' };
  };
  tools.runScript(key, run.vpg, script, which);
  const late = (): Reply => failed(`did not end within ${timeout / 1000} s`);
  run.expect(key, timeout, late, () => {
    const exit = run.scriptExit;
    if (exit !== 0) {
      const reply = failed(`ended with exit status ${exit ?? 'unknown'}`);
      if (reply.result === 'refused') run.end(reply);
      return;
    }
    run.step(`Ran the ${which}-recovery script ${command} in ${(run.now - begun) / 1000} s`);
    then();
  });
}
