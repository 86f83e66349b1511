/**
 * Names of details in Redis, in webhooks and in `perch incidents --json`. They are those of release
 * 0.1 (`facts` with a `headline`), so that monitors of two versions read each other's incidents.
 */
import { z } from 'zod';
import type { IncidentDetails } from './incident-details.ts';

const stored = z.looseObject({ facts: z.looseObject({ headline: z.string() }) });

/** The record under its stored names. */
export function withStoredNames<T extends { readonly details: IncidentDetails }>({
  details,
  ...record
}: T) {
  return { ...record, facts: storedDetails(details) };
}

/** The details under their stored names. */
export function storedDetails({ summary, ...details }: IncidentDetails) {
  return { headline: summary, ...details };
}

/** Schema of a record with details, extended to read the stored names too. */
export function readingStoredNames<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => {
    const { data } = stored.safeParse(value);
    if (data === undefined) return value;
    const { facts, ...record } = data;
    const { headline, ...details } = facts;
    return { ...record, details: { summary: headline, ...details } };
  }, schema);
}
