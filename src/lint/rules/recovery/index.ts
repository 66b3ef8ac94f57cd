import type { Rule } from '../../rule.ts';
import { bootOrder } from './boot-order.ts';
import { datastoreCapacity } from './datastore-capacity.ts';
import { duplicateIp } from './duplicate-ip.ts';
import { gatewayOutsideNetwork } from './gateway-outside-network.ts';
import { hostCapacity } from './host-capacity.ts';
import { ipOutsideNetwork } from './ip-outside-network.ts';
import { missingMapping } from './missing-mapping.ts';
import { missingScript } from './missing-script.ts';
import { sharedDisk } from './shared-disk.ts';
import { testNetworkIsLive } from './test-network-is-live.ts';
import { vmName } from './vm-name.ts';

export const recoveryRules: readonly Rule[] = [
  missingMapping,
  testNetworkIsLive,
  ipOutsideNetwork,
  gatewayOutsideNetwork,
  duplicateIp,
  bootOrder,
  vmName,
  missingScript,
  hostCapacity,
  datastoreCapacity,
  sharedDisk,
];
