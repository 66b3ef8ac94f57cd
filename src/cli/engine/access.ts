/** How a command gets at an engine. */
import type { ControlClient } from '../../engine/control/control-client.ts';
import { UsageError, type Shell } from '../shell.ts';

/** There is no engine to ask. */
export class NoEngineError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoEngineError';
  }
}

export const defaultState = '.tidemark';

/** Asks the engine of a state folder, and leaves it. */
export async function withEngine<T>(
  shell: Shell,
  state: string | undefined,
  ask: (engine: ControlClient) => Promise<T>,
): Promise<T> {
  const { engines } = shell;
  if (!engines) throw new NoEngineError('Engines cannot be reached from here.');
  const engine = await engines.connect(state ?? defaultState);
  try {
    return await ask(engine);
  } finally {
    engine.close();
  }
}

/** The one thing that a command is about. */
export function oneOperand(command: string, what: string, operands: readonly string[]): string {
  const [operand, ...more] = operands;
  if (operand === undefined || more.length > 0)
    throw new UsageError(`${command} needs one ${what}.`);
  return operand;
}

export function noOperands(command: string, operands: readonly string[]): void {
  if (operands.length > 0) throw new UsageError(`${command} takes no ${operands[0] ?? ''}.`);
}
