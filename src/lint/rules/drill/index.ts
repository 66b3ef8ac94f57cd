import type { Rule } from '../../rule.ts';
import { noExpectation } from './no-expectation.ts';
import { notSupported } from './not-supported.ts';
import { nothingAsked } from './nothing-asked.ts';
import { stepAfterEnd } from './step-after-end.ts';
import { timeOutside } from './time-outside.ts';
import { undoesNothing } from './undoes-nothing.ts';
import { unknownAlert } from './unknown-alert.ts';
import { unknownMarker } from './unknown-marker.ts';
import { unknownTag } from './unknown-tag.ts';

export const drillRules: readonly Rule[] = [
  stepAfterEnd,
  noExpectation,
  nothingAsked,
  timeOutside,
  unknownAlert,
  unknownMarker,
  unknownTag,
  undoesNothing,
  notSupported,
];
