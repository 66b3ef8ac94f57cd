import type { Rule } from '../../rule.ts';
import { bandwidthMinimum } from './bandwidth-minimum.ts';
import { bandwidthShort } from './bandwidth-short.ts';
import { noPath } from './no-path.ts';
import { throttleRpo } from './throttle-rpo.ts';

export const linkRules: readonly Rule[] = [noPath, bandwidthMinimum, bandwidthShort, throttleRpo];
