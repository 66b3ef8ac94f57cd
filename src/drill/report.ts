/** Outcomes in the shape that `drill --format json` prints: times in seconds, lines from 1. */
import type { Operation } from '../engine/api.ts';
import type { DrillOutcome } from './protocol.ts';

export interface DrillReport {
  readonly name: string;
  readonly verdict: 'passed' | 'failed';
  readonly seed: number;
  readonly virtualSeconds: number;
  readonly failures: readonly {
    readonly file: string;
    readonly line: number;
    readonly message: string;
    readonly expected: string;
    readonly actual: string;
  }[];
  readonly vpgs: Readonly<Record<string, VpgReport>>;
  readonly alerts: readonly {
    readonly id: string;
    readonly raised: number;
    readonly cleared: number | null;
    readonly site: string;
    readonly message: string;
  }[];
  readonly operations: readonly {
    readonly verb: string;
    readonly at: number;
    readonly result: string;
    readonly reason: string | null;
    readonly contains: readonly string[];
  }[];
  /** What every recovery left (OUT-11). */
  readonly recoveryReports: readonly RecoveryReport[];
}

interface RecoveryReport {
  readonly verb: string;
  readonly vpg: string;
  readonly site: string | null;
  readonly at: number;
  readonly ended: number | null;
  readonly result: string;
  readonly outcome: string | null;
  /** Time of the checkpoint. */
  readonly checkpoint: number | null;
  readonly rto: number | null;
  readonly shortfalls: readonly string[];
  readonly reason: string | null;
  readonly notes: string | null;
  readonly steps: readonly {
    readonly what: string;
    readonly at: number;
    readonly result: string;
  }[];
}

function recoveryReport(operation: Operation): RecoveryReport {
  return {
    verb: operation.verb,
    vpg: operation.vpg,
    site: operation.site ?? null,
    at: seconds(operation.at),
    ended: secondsOrNull(operation.ended),
    result: operation.result,
    outcome: operation.outcome ?? null,
    checkpoint: secondsOrNull(operation.checkpoint?.time),
    rto: secondsOrNull(operation.rto),
    shortfalls: operation.shortfalls ?? [],
    reason: operation.reason ?? null,
    notes: operation.notes ?? null,
    steps: operation.steps.map(({ what, at, result }) => ({ what, at: seconds(at), result })),
  };
}

interface VpgReport {
  readonly checkpoints: {
    readonly count: number;
    readonly oldest: number | null;
    readonly newest: number | null;
  };
  readonly gaps: readonly {
    readonly from: number;
    readonly to: number | null;
    readonly cause: string;
  }[];
  readonly history: number;
  readonly status: string;
  readonly subStatus: string;
}

function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

function secondsOrNull(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : seconds(milliseconds);
}

export function reportOf(outcome: DrillOutcome): DrillReport {
  const { snapshot } = outcome.timeline;
  return {
    name: outcome.name,
    verdict: outcome.verdict,
    seed: outcome.seed,
    virtualSeconds: seconds(outcome.duration),
    failures: outcome.failures.map(({ range, message, expected, actual }) => ({
      file: range.uri,
      line: range.start.line + 1,
      message,
      expected,
      actual,
    })),
    vpgs: Object.fromEntries(
      snapshot.vpgs.map((vpg) => [
        vpg.name,
        {
          checkpoints: {
            count: vpg.checkpoints.count,
            oldest: secondsOrNull(vpg.checkpoints.oldest),
            newest: secondsOrNull(vpg.checkpoints.newest),
          },
          gaps: vpg.gaps.map(({ from, to, cause }) => ({
            from: seconds(from),
            to: secondsOrNull(to),
            cause,
          })),
          history: seconds(vpg.history),
          status: vpg.status,
          subStatus: vpg.subStatus,
        },
      ]),
    ),
    alerts: snapshot.alerts.map(({ id, raised, cleared, site, message }) => ({
      id,
      raised: seconds(raised),
      cleared: secondsOrNull(cleared),
      site,
      message,
    })),
    operations: outcome.operations.map(({ verb, at, result, reason, contains }) => ({
      verb,
      at: seconds(at),
      result,
      reason: reason ?? null,
      contains,
    })),
    recoveryReports: snapshot.operations.map(recoveryReport),
  };
}
