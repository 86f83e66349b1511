import { z } from 'zod';
import { nameSchema } from '../../core/input/name-schema.ts';
import { operatorSchema, reasonSchema } from '../../core/input/note-schemas.ts';
import { hasActive, type ReleaseDocument } from '../../core/release/release-document.ts';
import {
  abortRollout,
  pauseRollout,
  promoteRollout,
  resumeRollout,
  retryRollout,
} from '../../core/release/rollout-transitions.ts';
import {
  eject,
  ejectCanary,
  reinstate,
  refused,
  setWeight,
  type Transition,
} from '../../core/release/transitions.ts';

/** Changes of a release that the page offers, in the order in which it offers them. */
export const changeNames = [
  'resume',
  'pause',
  'promote',
  'weight',
  'retry',
  'reinstate',
  'eject',
  'abort',
] as const;
export type ChangeName = (typeof changeNames)[number];

const fields = {
  action: z.enum(changeNames, `must be one of ${changeNames.join(', ')}`),
  /** The canary's new share, percent; for `weight` only. */
  weight: z.number('must be a number').optional(),
  /** Id of the only member to eject or to reinstate. Default: the whole canary. */
  member: nameSchema().optional(),
};

export const previewSchema = z.strictObject(fields).superRefine(fitsAction);

export const changeSchema = z
  .strictObject({
    ...fields,
    reason: reasonSchema,
    /** Name of the person, for the event. Default: the console's operator. */
    by: operatorSchema,
    /** Generation of the release that the person saw. */
    generation: z.int('must be a whole number').min(0, 'must be 0 at least'),
  })
  .superRefine(fitsAction);

/** Change of a release as a person chose it. */
export type ReleaseChange = z.infer<typeof previewSchema>;

function fitsAction(
  { action, weight, member }: { action: ChangeName; weight?: unknown; member?: unknown },
  context: z.RefinementCtx,
): void {
  const problem = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (action === 'weight' && weight === undefined) problem('weight', 'must be given');
  if (action !== 'weight' && weight !== undefined) problem('weight', `is not used by ${action}`);
  const isOfMember = action === 'eject' || action === 'reinstate';
  if (member !== undefined && !isOfMember) problem('member', `is not used by ${action}`);
}

/** Carries out a change, by the functions of the `perch` command of the same name. */
export function transitionOf(
  document: ReleaseDocument,
  { action, weight, member }: ReleaseChange,
  reason: string,
): Transition {
  switch (action) {
    case 'pause':
      return pauseRollout(document, reason);
    case 'resume':
      return resumeRollout(document, reason);
    case 'promote':
      return promoteRollout(document, reason);
    case 'abort':
      return abortRollout(document, reason);
    case 'retry':
      return retryRollout(document, reason);
    case 'weight':
      return weight === undefined
        ? refused('weight must be given')
        : setWeight(document, weight, reason);
    case 'eject':
      return member === undefined ? ejectCanary(document, reason) : eject(document, member, reason);
    case 'reinstate':
      return reinstate(document, member, reason);
  }
}

/** Actions on the whole release that would change it now. */
export function possibleActions(document: ReleaseDocument): ChangeName[] {
  return changeNames.filter((action) =>
    action === 'weight'
      ? hasActive(document, 'canary')
      : transitionOf(document, { action }, '').kind === 'changed',
  );
}

/** Action on one member that would change the release now; null if none would. */
export function memberAction(
  document: ReleaseDocument,
  member: string,
): 'eject' | 'reinstate' | null {
  const actions = ['eject', 'reinstate'] as const;
  const isPossible = (action: ChangeName) =>
    transitionOf(document, { action, member }, '').kind === 'changed';
  return actions.find(isPossible) ?? null;
}
