/** The reports of the command line, for a document of the editor. */
import { neededRoutesOf } from '../lint/needed-routes.ts';
import { planText } from '../report/plan-text.ts';
import { planOf } from '../report/plan.ts';
import { portsOf, portsText } from '../report/ports.ts';
import { routesOf, routesText } from '../report/routes.ts';
import type { Topology } from '../topology/model.ts';
import type { ReportKind } from './protocol.ts';

export function reportOf(topology: Topology, kind: ReportKind): string {
  switch (kind) {
    case 'routes':
      return routesText(routesOf(topology, { missingOf: (zvm) => neededRoutesOf(topology, zvm) }));
    case 'ports':
      return portsText(portsOf(topology));
    case 'plan':
      return planText(planOf(topology));
  }
}
