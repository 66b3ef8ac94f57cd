import type { Rule } from '../../rule.ts';
import { bufferShort } from './buffer-short.ts';
import { datastoreSpace } from './datastore-space.ts';
import { dhcp } from './dhcp.ts';
import { inBackup } from './in-backup.ts';
import { memory } from './memory.ts';
import { missingOnHost } from './missing-on-host.ts';
import { volumes } from './volumes.ts';

export const vraRules: readonly Rule[] = [
  missingOnHost,
  dhcp,
  memory,
  bufferShort,
  volumes,
  datastoreSpace,
  inBackup,
];
