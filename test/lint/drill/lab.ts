/** The lab with one drill, `outage`, of which a test says what it does and what it expects. */
import { lab } from '../lab.ts';

export interface DrillParts {
  /** Each on one line. */
  readonly steps?: readonly string[];
  readonly expect?: string;
  readonly duration?: string;
  readonly warmUp?: string;
}

export function drill(parts: DrillParts): string {
  const { steps = [], expect, duration = '4h', warmUp } = parts;
  return lab({
    more: `drills:
  outage:
    duration: ${duration}
${warmUp === undefined ? '' : `    warmUp: ${warmUp}\n`}${
      steps.length === 0 ? '' : `    steps:\n${steps.map((step) => `      - ${step}\n`).join('')}`
    }${expect === undefined ? '' : `    expect: ${expect}\n`}`,
  });
}
