/** On which hosts a VRA is installed. */
import type { Host, Topology } from '../../../topology/model.ts';
import { hostLoads } from '../../../topology/protection.ts';

/**
 * Hosts of vSphere sites that carry a VRA or need one. Versions, ports and passwords of ESX/ESXi
 * matter where a VRA is to be installed, and nowhere else.
 */
export function hostsForInstallation(topology: Topology): readonly Host[] {
  const hosts: Host[] = [];
  for (const { host, sends, receives } of hostLoads(topology).values()) {
    if (host.site.platform !== 'vsphere') continue;
    if (host.vra || sends.length > 0 || receives.length > 0) hosts.push(host);
  }
  return hosts;
}
