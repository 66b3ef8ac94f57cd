import type { Rule } from '../../rule.ts';
import { datastoreFloor } from './datastore-floor.ts';
import { hardLimit } from './hard-limit.ts';
import { historyRange } from './history-range.ts';
import { noCommonDatastore } from './no-common-datastore.ts';
import { warningThreshold } from './warning-threshold.ts';

export const journalRules: readonly Rule[] = [
  historyRange,
  hardLimit,
  warningThreshold,
  datastoreFloor,
  noCommonDatastore,
];
