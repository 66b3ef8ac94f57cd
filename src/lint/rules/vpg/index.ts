import type { Rule } from '../../rule.ts';
import { autoCommit } from './auto-commit.ts';
import { empty } from './empty.ts';
import { name } from './name.ts';
import { noReverseProtection } from './no-reverse-protection.ts';
import { noTimeServer } from './no-time-server.ts';
import { reverseTarget } from './reverse-target.ts';
import { rpoRange } from './rpo-range.ts';
import { sameSite } from './same-site.ts';
import { testIntervalOdd } from './test-interval-odd.ts';
import { testOverdueSetting } from './test-overdue-setting.ts';
import { tooManyDisks } from './too-many-disks.ts';
import { vmInTooMany } from './vm-in-too-many.ts';
import { vmOfOtherSite } from './vm-of-other-site.ts';

export const vpgRules: readonly Rule[] = [
  sameSite,
  empty,
  vmOfOtherSite,
  vmInTooMany,
  tooManyDisks,
  name,
  rpoRange,
  testOverdueSetting,
  testIntervalOdd,
  autoCommit,
  noReverseProtection,
  reverseTarget,
  noTimeServer,
];
