import type { IncidentDetails } from '../../core/alerting/incident-details.ts';
import { incidentKey, type Breach } from '../../core/alerting/incident.ts';

/** A fault that needs no threshold. It is pending for `forMs`, and then firing. */
export interface Problem {
  readonly rule: string;
  readonly subject: string;
  /** Time that it must last before it opens an incident, milliseconds. */
  readonly forMs: number;
  readonly details: IncidentDetails;
}

/** Start of each problem, milliseconds since the epoch, by incident key. */
export type ProblemsSince = ReadonlyMap<string, number>;

/** Problems that last now, and breaches by those that have lasted for long enough. */
export function lastingProblems(
  previous: ProblemsSince,
  problems: readonly Problem[],
  nowMs: number,
): { readonly since: ProblemsSince; readonly breaches: readonly Breach[] } {
  const sinceOf = (problem: Problem) => previous.get(incidentKey(problem)) ?? nowMs;
  return {
    since: new Map(problems.map((problem) => [incidentKey(problem), sinceOf(problem)])),
    breaches: problems.flatMap((problem) => {
      const { rule, subject, forMs, details } = problem;
      const sinceMs = sinceOf(problem);
      return nowMs - sinceMs < forMs ? [] : [{ rule, subject, details: { sinceMs, ...details } }];
    }),
  };
}
