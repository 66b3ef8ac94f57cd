import type { Rule } from '../../rule.ts';
import { unknown } from './unknown.ts';
import { unused } from './unused.ts';

export const referenceRules: readonly Rule[] = [unknown, unused];
