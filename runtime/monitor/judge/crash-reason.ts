import { crashVerdict } from '../../core/ejection/ejection-reasons.ts';
import { activeCanaries, type Member } from '../../core/release/release-document.ts';
import type { Decision } from './decide.ts';

/** Returns those of the members whose address refuses connections. */
export type FindRefusing = (members: readonly Member[]) => Promise<readonly Member[]>;

/**
 * The decision with a crash as its reason, if the canary is ejected for failed requests and nobody
 * listens at its address any more. Asks over the network, so it is not part of `decide`.
 */
export async function withCrashReason(
  decision: Decision,
  members: readonly Member[],
  findRefusing: FindRefusing,
): Promise<Decision> {
  const { ejection } = decision;
  if (ejection?.kind !== 'verdict' || ejection.verdict.evidence.rule !== 'errors') return decision;
  const refusing = await findRefusing(activeCanaries(members));
  if (refusing.length === 0) return decision;
  const ids = refusing.map(({ id }) => id);
  const verdict = crashVerdict(ejection.verdict, ids);
  return { ...decision, verdict, ejection: { ...ejection, verdict } };
}
