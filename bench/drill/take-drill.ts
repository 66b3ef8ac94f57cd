/** Lives through one drill in a process of its own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../suite.ts';
import type { DrillAnswer, DrillTaken, DrillTask } from './protocol.ts';

/** @throws BenchError where the drill could not be lived through. */
export function takeDrill(task: DrillTask): Promise<DrillTaken> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./run-one.ts', import.meta.url)), [], {
      // For what is held at the end; the run itself collects as it pleases.
      execArgv: ['--expose-gc', '--max-old-space-size=12288'],
    });
    child.once('message', (answer: DrillAnswer) => {
      if (answer.type === 'taken') resolve(answer.taken);
      else reject(new BenchError(`${task.drill} could not be measured: ${answer.message}`));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      // After an answer this changes nothing.
      const how = signal ?? `status ${code ?? '?'}`;
      reject(new BenchError(`The process of the drill ${task.drill} ended early (${how}).`));
    });
    child.send(task);
  });
}
