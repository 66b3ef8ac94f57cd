/** What is wrong with the way from file to file, beyond what reading already reports. */
import type { Rule } from '../../rule.ts';
import { twice } from './twice.ts';

export const includeRules: readonly Rule[] = [twice];
