/** What the installation of a VRA needs of its host, and of the site it lies in (VRA-6 to VRA-8). */
import {
  compareHostVersions,
  firstHostWithVib,
  oldestForVra,
  parseHostVersion,
} from '../../topology/host-version.ts';
import { minVraMemory, vraInstallationPorts } from '../../topology/limits.ts';

export interface VraInstallation {
  /** Reserved memory in bytes. */
  readonly memory: number;
  /** Undefined where the platform is not vSphere: nothing is logged into there. */
  readonly host: InstallationHost | undefined;
}

export interface InstallationHost {
  /** As people write it; undefined where nobody has said. */
  readonly version: string | undefined;
  /** Open TCP ports; undefined where nobody has said. */
  readonly ports: readonly number[] | undefined;
  readonly credentials: 'user' | 'root' | 'none';
}

/** Everything that keeps a VRA from being installed; what is not known is no obstacle. */
export function missingForInstallation(name: string, { memory, host }: VraInstallation): string[] {
  const missing: string[] = [];
  if (memory < minVraMemory) {
    missing.push(`1 GiB of reserved memory for the VRA on ${name}`);
  }
  if (!host) return missing;
  const version = host.version === undefined ? undefined : parseHostVersion(host.version);
  if (version && compareHostVersions(version, oldestForVra) < 0) {
    missing.push(`ESX/ESXi 4.0 U1 or later on ${name}, which runs ${host.version ?? ''}`);
  } else if (
    version &&
    compareHostVersions(version, firstHostWithVib) < 0 &&
    host.credentials !== 'root'
  ) {
    missing.push(`the root password of ${name}, which runs a version before 5.5`);
  }
  const { ports } = host;
  const closed = ports ? vraInstallationPorts.filter((port) => !ports.includes(port)) : [];
  if (closed.length > 0) {
    missing.push(`port ${closed.join(' and ')} of ${name}, open for the installation`);
  }
  return missing;
}
