/** `tidemark routes`: the route statements that dual-NIC ZVMs need. */
import { neededRoutesOf } from '../../lint/needed-routes.ts';
import { routesData, routesOf, routesText } from '../../report/routes.ts';
import type { Site, Topology } from '../../topology/model.ts';
import { nearest } from '../../topology/near-miss.ts';
import { oneFile, oneOf, readOptions } from '../options.ts';
import { exitStatus, UsageError, type ExitStatus, type Shell } from '../shell.ts';
import { readTopology } from '../topology-file.ts';

export const routesUsage =
  'tidemark routes FILE [--site SITE] [--os windows|linux] [--format text|json]';

export function routesCommand(shell: Shell, args: readonly string[]): ExitStatus {
  const { operands, values } = readOptions(args, ['site', 'os', 'format']);
  const format = oneOf('format', values.format ?? 'text', ['text', 'json']);
  const system =
    values.os === undefined ? undefined : oneOf('os', values.os, ['windows', 'linux'] as const);
  const topology = readTopology(shell, oneFile('routes', operands));
  const site = values.site === undefined ? undefined : siteNamed(topology, values.site);
  const routes = routesOf(topology, {
    ...(site ? { site } : {}),
    ...(system ? { system } : {}),
    missingOf: (zvm) => neededRoutesOf(topology, zvm),
  });
  shell.print(
    format === 'json'
      ? `${JSON.stringify(routesData(routes), undefined, 2)}\n`
      : routesText(routes),
  );
  const complete = routes.every((zvm) => zvm.routes.every(({ state }) => state === 'declared'));
  return complete ? exitStatus.fine : exitStatus.wrong;
}

function siteNamed(topology: Topology, name: string): Site {
  const site = topology.sites.get(name);
  if (site) return site;
  const near = nearest(name, topology.sites.keys());
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new UsageError(`There is no site ${name} in this file.${hint}`);
}
