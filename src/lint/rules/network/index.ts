import type { Rule } from '../../rule.ts';
import { addressOutside } from './address-outside.ts';
import { blockedPort } from './blocked-port.ts';
import { duplicateAddress } from './duplicate-address.ts';
import { gatewayOutside } from './gateway-outside.ts';
import { mtu } from './mtu.ts';
import { nat } from './nat.ts';
import { overlap } from './overlap.ts';
import { reservedAddress } from './reserved-address.ts';
import { unreachable } from './unreachable.ts';

export const networkRules: readonly Rule[] = [
  addressOutside,
  blockedPort,
  duplicateAddress,
  gatewayOutside,
  mtu,
  nat,
  overlap,
  reservedAddress,
  unreachable,
];
