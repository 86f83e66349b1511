import { nextTrial, type Trial } from '../../runtime/core/analysis/trial.ts';
import { member, releaseDocument } from './release-document.ts';

/** The trial of canary-1, version 2, which began at 100,000. */
export function trialOf(overrides: Partial<Trial> = {}): Trial {
  const canary = member('canary-1', 20_003, { version: '2' });
  const document = releaseDocument({ members: [canary], weight: 25, updatedAt: 100_000 });
  const trial = nextTrial(undefined, document, 100_000);
  if (trial === undefined) throw new Error('a canary with a share is on trial');
  return { ...trial, ...overrides };
}
