/** What clients name, found in the topology. */
import { nearest } from '../../topology/near-miss.ts';
import type { Component, Link, Site, Topology } from '../../topology/model.ts';
import { QuestionError } from '../control/questions.ts';

/** `Site`, `Site/zvm`, `Site/host` or `Site/host/vra`. @throws QuestionError `unknown-name` */
export function componentNamed(topology: Topology, name: string): Component {
  const found = componentsOf(topology).get(name);
  if (!found) throw unknown('component', name, componentsOf(topology).keys());
  return found;
}

/** @throws QuestionError `unknown-name` */
export function linkNamed(topology: Topology, name: string): Link {
  return named('link', topology.links, name);
}

/** @throws QuestionError `unknown-name` */
export function siteNamed(topology: Topology, name: string): Site {
  return named('site', topology.sites, name);
}

/** @throws QuestionError `unknown-name` */
export function checkVpg(topology: Topology, name: string): void {
  named('VPG', topology.vpgs, name);
}

function componentsOf(topology: Topology): ReadonlyMap<string, Component> {
  const components = new Map<string, Component>();
  for (const site of topology.sites.values()) {
    components.set(site.name, { kind: 'site', site });
    if (site.zvm) components.set(`${site.name}/zvm`, { kind: 'zvm', site });
    for (const host of site.hosts.values()) {
      components.set(`${site.name}/${host.name}`, { kind: 'host', site, host });
      if (!host.vra) continue;
      components.set(`${site.name}/${host.name}/vra`, { kind: 'vra', site, host });
    }
  }
  return components;
}

function named<T>(kind: string, all: ReadonlyMap<string, T>, name: string): T {
  const found = all.get(name);
  if (found === undefined) throw unknown(kind, name, all.keys());
  return found;
}

function unknown(kind: string, name: string, known: Iterable<string>): QuestionError {
  const near = nearest(name, known);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return new QuestionError('unknown-name', `There is no ${kind} ${name} in the topology.${hint}`);
}
