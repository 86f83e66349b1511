import { z } from 'zod';
import { readingStoredNames, withStoredNames } from '../alerting/stored-details.ts';
import { incidentDetailsSchema } from '../alerting/incident-details.ts';
import type { ReleaseDocument } from '../release/release-document.ts';

/**
 * Record of an ejection of the canary. It is stored in the same change of the release document that
 * ejects the canary. The leader completes it (flags, incident) afterwards, or the next leader does.
 */
export const ejectionSchema = readingStoredNames(
  z.object({
    /** Id of its incident. */
    incidentId: z.string(),
    /** Keys of flags to switch off. */
    flags: z.array(z.string()),
    details: incidentDetailsSchema,
  }),
);

export type Ejection = z.infer<typeof ejectionSchema>;

/** Rule and subject of the incident of an ejection. */
export const ejectionOfCanary = { rule: 'canary-ejected', subject: 'canary' } as const;

type ReleaseEvidence = NonNullable<ReleaseDocument['evidence']>;

/** Returns evidence as the release document stores it, with the ejection if there is one. */
export function releaseEvidence(details: object, ejection?: Ejection): ReleaseEvidence {
  // JSON leaves out what is undefined.
  const json: unknown = JSON.parse(
    JSON.stringify({ ...details, ejection: ejection && withStoredNames(ejection) }),
  );
  return z.record(z.string(), z.json()).parse(json);
}

/** The ejection that a document's evidence holds; undefined if it holds none. */
export function ejectionOf({ evidence }: Pick<ReleaseDocument, 'evidence'>): Ejection | undefined {
  return ejectionSchema.safeParse(evidence?.['ejection']).data;
}
