import { within } from '../../../topology/document.ts';
import { insertEntry, replaceValue } from '../../../topology/edit.ts';
import {
  compareHostVersions,
  firstHostWithVib,
  oldestForVra,
  parseHostVersion,
} from '../../../topology/host-version.ts';
import type { Host, HostCredentials } from '../../../topology/model.ts';
import type { Fix, Report, Rule } from '../../rule.ts';
import { hostsForInstallation } from './installing.ts';

export const rootPassword: Rule = {
  name: 'host/root-password',
  title: 'The credentials of a host do not suit its version',
  severity: 'error',
  facts: ['VRA-8'],
  check({ topology, report }) {
    for (const host of hostsForInstallation(topology)) {
      const version = host.version === undefined ? undefined : parseHostVersion(host.version);
      // Too old for a VRA at all: host/version says so.
      if (!version || compareHostVersions(version, oldestForVra) < 0) continue;
      if (compareHostVersions(version, firstHostWithVib) < 0) {
        if (host.credentials !== 'root') report(rootNeeded(host));
      } else if (host.credentials === 'root') {
        report(userSuffices(host));
      }
    }
  },
};

function rootNeeded(host: Host): Report {
  return {
    // Where none stand, this underlines the name of the host.
    at: within(host.place, 'credentials'),
    message:
      `${host.name} runs ESX/ESXi ${host.version ?? ''}. Before 5.5 the installation of a VRA ` +
      `needs the password of the host's root account, so its credentials have to be root.`,
    fixes: [setCredentials(host, 'root')],
  };
}

function userSuffices(host: Host): Report {
  return {
    at: within(host.place, 'credentials'),
    severity: 'information',
    message:
      `${host.name} runs ESXi ${host.version ?? ''}. From 5.5 on the VRA is installed as a VIB ` +
      'and connects with user credentials: the root password is not needed and need not be ' +
      'handed out.',
    fixes: [setCredentials(host, 'user')],
  };
}

function setCredentials(host: Host, credentials: HostCredentials): Fix {
  const { document, path } = within(host.place, 'credentials');
  return {
    title: `Use ${credentials} credentials for ${host.name}`,
    edits: document.has(path)
      ? replaceValue(document, path, credentials)
      : insertEntry(document, host.place.path, 'credentials', credentials),
    safe: false,
  };
}
