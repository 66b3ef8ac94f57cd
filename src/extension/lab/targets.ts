/** What a command is called on: nodes of the tree, or arguments of the same shape. */

/** The VPG of a tree node or of a command's argument. */
export function vpgOf(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null) return undefined;
  if ('vpg' in argument) {
    const { vpg } = argument;
    if (typeof vpg === 'string') return vpg;
    return typeof vpg === 'object' && vpg !== null ? textAt(vpg, 'name') : undefined;
  }
  const node = nodeOf(argument);
  return node && textAt(node, 'kind') === 'vpg' ? textAt(node, 'label') : undefined;
}

/** The component of a tree node by its id, or of a command's argument by its name. */
export function componentOf(argument: unknown): {
  id?: string | undefined;
  name?: string | undefined;
} {
  if (typeof argument !== 'object' || argument === null) return {};
  const node = nodeOf(argument);
  return node ? { id: textAt(node, 'id') } : { name: textAt(argument, 'component') };
}

/** The checkpoint of a tree node. */
export function checkpointOf(argument: unknown): { id: number; time: number } | undefined {
  if (typeof argument !== 'object' || argument === null || !('row' in argument)) return undefined;
  const { row } = argument;
  if (typeof row !== 'object' || row === null || !('id' in row && 'time' in row)) return undefined;
  const { id, time } = row;
  return typeof id === 'number' && typeof time === 'number' ? { id, time } : undefined;
}

/** Whether whoever calls the command says who writes to the disks. */
export function workloadOf(argument: unknown): boolean | undefined {
  if (typeof argument !== 'object' || argument === null || !('workload' in argument))
    return undefined;
  return typeof argument.workload === 'boolean' ? argument.workload : undefined;
}

function nodeOf(argument: object): object | undefined {
  const node = 'node' in argument ? argument.node : undefined;
  return typeof node === 'object' && node !== null ? node : undefined;
}

function textAt(of: object, key: string): string | undefined {
  const value = (of as Readonly<Record<string, unknown>>)[key];
  return typeof value === 'string' ? value : undefined;
}
