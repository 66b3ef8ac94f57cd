import type { Rule } from '../../rule.ts';
import { missing } from './missing.ts';
import { missingRoute } from './missing-route.ts';
import { noLicense } from './no-license.ts';
import { replicationNicHasGateway } from './replication-nic-has-gateway.ts';
import { replicationNicUnset } from './replication-nic-unset.ts';
import { routeGatewayOffLink } from './route-gateway-off-link.ts';
import { routeNotPersistent } from './route-not-persistent.ts';
import { routeUnknownDestination } from './route-unknown-destination.ts';
import { singleInProtectedSite } from './single-in-protected-site.ts';
import { twoDefaultGateways } from './two-default-gateways.ts';

export const zvmRules: readonly Rule[] = [
  missing,
  missingRoute,
  noLicense,
  replicationNicHasGateway,
  replicationNicUnset,
  routeGatewayOffLink,
  routeNotPersistent,
  routeUnknownDestination,
  singleInProtectedSite,
  twoDefaultGateways,
];
