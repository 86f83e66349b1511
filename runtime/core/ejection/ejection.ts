import { z } from 'zod';
import { readingStoredNames, withStoredNames } from '../alerting/stored-details.ts';
import { incidentDetailsSchema } from '../alerting/incident-details.ts';
import type { ReleaseDocument } from '../release/release-document.ts';

/**
 * Why and how the canary was taken out. It is stored with the release document, in the change that
 * takes the canary out; what follows from it (flags, the incident) is done after that, and by the
 * next leader if this one cannot.
 */
export const ejectionSchema = readingStoredNames(
  z.object({
    /** The incident that tells of it. */
    incidentId: z.string(),
    /** Flags that go off with the canary. */
    flags: z.array(z.string()),
    details: incidentDetailsSchema,
  }),
);

export type Ejection = z.infer<typeof ejectionSchema>;

/** Whose incident an ejection is. */
export const ejectionOfCanary = { rule: 'canary-ejected', subject: 'canary' } as const;

type ReleaseEvidence = NonNullable<ReleaseDocument['evidence']>;

/** The evidence to store with a change of the release document. */
export function releaseEvidence(details: object, ejection?: Ejection): ReleaseEvidence {
  // By way of JSON: what is undefined is left out there.
  const json: unknown = JSON.parse(
    JSON.stringify({ ...details, ejection: ejection && withStoredNames(ejection) }),
  );
  return z.record(z.string(), z.json()).parse(json);
}

/** The ejection that a document tells of, if it does. */
export function ejectionOf({ evidence }: Pick<ReleaseDocument, 'evidence'>): Ejection | undefined {
  return ejectionSchema.safeParse(evidence?.['ejection']).data;
}
