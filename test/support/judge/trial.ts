import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { nextTrial, type Trial } from '../../../runtime/core/analysis/trial.ts';
import { member, releaseDocument } from '../release-document.ts';

/** The release of canary-1, version 2, whose trial began at 100,000. */
export function trialDocument(): ReleaseDocument {
  const canary = member('canary-1', 20_003, { version: '2' });
  return releaseDocument({ members: [canary], weight: 25, updatedAt: 100_000 });
}

/** The trial of canary-1, version 2, which began at 100,000. */
export function trialOf(overrides: Partial<Trial> = {}): Trial {
  const trial = nextTrial(undefined, trialDocument(), 100_000);
  if (trial === undefined) throw new Error('a canary with traffic is on trial');
  const reference = { requests: 0, failures: 0, rejections: 0 };
  return { ...trial, reference, ...overrides };
}
