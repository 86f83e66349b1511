/** Ends of canaries: by an ejection, by an abort of their rollout, or by a promotion. */
import { z } from 'zod';
import type { Track } from '../../contract/names.ts';

const count = z.int().min(0);
const counts = z.object({ all: count, bad: count });

/** Numbers that the judge decided on. */
const judgedSchema = z.object({
  /** Test that decided: `errors`, `latency`, `rejections`, a hard failure or `safety`. */
  rule: z.string(),
  /** Unit of the counts. */
  unit: z.enum(['requests', 'clients']),
  /** Those of the harm, or else of the whole trial. Bad: failed, slow or rejected. */
  canary: counts,
  stable: counts,
  /** Start of the harm, milliseconds since the epoch. Absent: the whole trial counts. */
  sinceMs: count.optional(),
  /** Evidence, as an e-value or a score, and the bound from which it decides. Absent of a hard failure. */
  evidence: z.number().optional(),
  bound: z.number().optional(),
});

/** Numbers that the judge decided on. */
export type JudgedNumbers = z.infer<typeof judgedSchema>;

export const canaryEndSchema = z.object({
  /** Id of the event in the event log. */
  event: z.string(),
  /** Milliseconds since the epoch by Redis' clock. */
  at: count,
  type: z.string(),
  /** Evidence or reason in a sentence. */
  text: z.string(),
  by: z.string(),
  /** Absent if a person ended the canary, or nothing was judged. */
  judged: judgedSchema.optional(),
});

/** End of a canary, with what it was ended on. */
export type CanaryEnd = z.infer<typeof canaryEndSchema>;

/** Event of the event log, as far as ends of canaries need it. */
export interface ReleaseEvent {
  readonly id: string;
  readonly at: number;
  readonly type: string;
  readonly text: string;
  readonly by: string;
  /** Evidence of the release document, JSON. */
  readonly detail?: string;
}

interface Deployed {
  readonly at: number;
  readonly track: Track;
}

const endOfCanary = /^(?:canary-ejected|rollout-(?:aborted|promoted))$/;
const againOnTrial = /^(?:canary-reinstated|rollout-retried)$/;

/** True for events that end a canary, or bring an ended one back. */
export function isAboutEnd({ type }: Pick<ReleaseEvent, 'type'>): boolean {
  return endOfCanary.test(type) || againOnTrial.test(type);
}

/**
 * Returns the end of a canary: the last one between its deployment and that of the next canary, null if
 * the canary came back after it.
 * @param records - all releases, oldest first.
 * @param events - oldest first.
 * @returns undefined if the events say nothing about the canary.
 */
export function canaryEnd(
  record: Deployed,
  records: readonly Deployed[],
  events: readonly ReleaseEvent[],
): CanaryEnd | null | undefined {
  if (record.track !== 'canary') return undefined;
  const next = records.slice(records.indexOf(record) + 1).find(({ track }) => track === 'canary');
  const nextMs = next?.at ?? Number.POSITIVE_INFINITY;
  const last = events.findLast(
    (event) => isAboutEnd(event) && event.at >= record.at && event.at < nextMs,
  );
  if (last === undefined) return undefined;
  if (againOnTrial.test(last.type)) return null;
  const { id: event, at, type, text, by, detail } = last;
  const judged = detail === undefined ? undefined : judgedIn(detail);
  return { event, at, type, text, by, ...(judged !== undefined && { judged }) };
}

const totals = z.object({ requests: count, failures: count });
const eValues = z.record(z.string(), z.number());

/** Evidence of a verdict as the release document stores it, of this version or another. */
const verdictSchema = z.object({
  evidence: z.object({
    rule: z.string(),
    canary: totals,
    stable: totals,
    eValues,
    harmfulFrom: eValues,
    harm: z
      .object({
        sinceMs: count,
        unit: z.enum(['requests', 'clients']).default('requests'),
        canary: counts,
        stable: counts,
      })
      .optional(),
    safety: z.object({ relative: z.number(), absolute: z.number() }),
    safeFrom: z.number(),
  }),
});

/** Reads the judge's numbers; undefined if there are none, as after a person's decision. */
function judgedIn(detail: string): JudgedNumbers | undefined {
  const { data } = verdictSchema.safeParse(jsonOf(detail));
  if (data === undefined || data.evidence.rule === 'none') return undefined;
  const { rule, harm, canary, stable, eValues: values, harmfulFrom } = data.evidence;
  const { safety, safeFrom } = data.evidence;
  const [evidence, bound] =
    rule === 'safety'
      ? [Math.max(safety.relative, safety.absolute), safeFrom]
      : [values[rule], harmfulFrom[rule]];
  return {
    rule,
    unit: harm?.unit ?? 'requests',
    canary: harm?.canary ?? whole(canary),
    stable: harm?.stable ?? whole(stable),
    ...(harm !== undefined && { sinceMs: harm.sinceMs }),
    ...(evidence !== undefined && bound !== undefined && { evidence, bound }),
  };
}

function whole({ requests, failures }: z.infer<typeof totals>): JudgedNumbers['canary'] {
  return { all: requests, bad: failures };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
