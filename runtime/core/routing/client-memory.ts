import { harmMetrics, type HarmMetric } from '../../contract/traffic-fields.ts';
import { stableHash } from './stable-hash.ts';

/** Set of the metrics that have hit a client in a rollout, as {@link hitBit}s. */
export type ClientHits = number;

/** Bits of {@link ClientHits}. They stand in cookies, so they never change. */
const hitBits = { errors: 1, latency: 2, rejections: 4 } as const satisfies Record<
  HarmMetric,
  number
>;

export const noHits: ClientHits = 0;
const allHits = harmMetrics.reduce((hits, metric) => hits | hitBits[metric], noHits);

const markRadix = 36;
const markLength = 5;

export function hitBit(metric: HarmMetric): ClientHits {
  return hitBits[metric];
}

/** Short mark of a rollout, by which a client's memory is recognized as one of this rollout. */
export function rolloutMark(rolloutId: string): string {
  const hash = stableHash(markRadix ** markLength, rolloutId);
  return hash.toString(markRadix).padStart(markLength, '0');
}

/** Text that a client's cookie carries of a rollout: the rollout's mark and what has hit the client. */
export function memoryText(mark: string, hits: ClientHits): string {
  return `${mark}${hits}`;
}

/** Length of every {@link memoryText}. */
export const memoryLength = markLength + 1;

/** Hits in a client's memory; none if it is of another rollout. */
export function hitsIn(memory: string, mark: string): ClientHits {
  if (!memory.startsWith(mark)) return noHits;
  return Number(memory.slice(markLength)) & allHits;
}
