/** The recorded block traces of a topology's VMs, each read once. */
import { BlockTraceError, parseBlockTrace, type BlockTrace } from '../engine/lab.ts';
import type { Vm } from '../topology/model.ts';

/**
 * The text of the file at `path`, which stands in the topology file `uri`. Throws an error that says why it
 * cannot be read: drills touch no file themselves.
 */
export type ReadTrace = (path: string, uri: string) => string;

/** The trace of a VM cannot be had. */
export class TraceError extends Error {
  readonly vm: Vm;

  constructor(vm: Vm, reason: string) {
    super(`The block trace ${vm.trace ?? ''} of ${vm.name} cannot be read: ${reason}.`);
    this.name = 'TraceError';
    this.vm = vm;
  }
}

/** Answers the trace of a VM that has one, or throws a {@link TraceError}. */
export function tracesBy(read: ReadTrace | undefined): (vm: Vm) => BlockTrace {
  const known = new Map<Vm, BlockTrace>();
  return (vm) => {
    let trace = known.get(vm);
    if (!trace) known.set(vm, (trace = traceOf(vm, read)));
    return trace;
  };
}

function traceOf(vm: Vm, read: ReadTrace | undefined): BlockTrace {
  if (!read || vm.trace === undefined) throw new TraceError(vm, 'files are not read here');
  let text: string;
  try {
    text = read(vm.trace, vm.place.document.uri);
  } catch (error) {
    throw new TraceError(vm, error instanceof Error ? error.message : String(error));
  }
  try {
    return parseBlockTrace(text);
  } catch (error) {
    if (error instanceof BlockTraceError) throw new TraceError(vm, error.message);
    throw error;
  }
}
