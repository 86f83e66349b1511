import { z } from 'zod';
import { tracks } from '../../contract/names.ts';
import { PerchError } from '../../contract/perch-error.ts';
import { stableHash } from '../routing/stable-hash.ts';
import { weightProblem } from '../routing/weight.ts';
import { nameSchema } from '../input/name-schema.ts';

export const maxMembers = 1_000;
export const maxDocumentBytes = 1_048_576;

const name = nameSchema();

const weight = z.number().superRefine((value, context) => {
  const problem = weightProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const memberUrl = z.string().refine(isMemberUrl, 'must be http://HOST:PORT without a path');

const memberSchema = z.strictObject({
  id: name,
  track: z.enum(tracks, `must be ${tracks.join(' or ')}`),
  /** `http://HOST:PORT`, no path. */
  url: memberUrl,
  version: z.string().min(1).max(200),
  host: name,
  /** Only `active` members get new requests. */
  state: z.enum(['reserved', 'active', 'draining', 'ejected']),
  /** Set while the member drains only because its host does, so that it comes back with the host. */
  drainsWithHost: z.literal(true).optional(),
});

const stepSchema = z.strictObject({
  weight,
  /** Minimum duration of the step, milliseconds. */
  minDurationMs: z.int().min(0),
  /** End of an inconclusive step, milliseconds after its start; null: it never ends. */
  deadlineMs: z.int().min(0).nullable(),
  /** Outcome of an inconclusive step at its deadline. */
  onDeadline: z.enum(['continue', 'abort', 'pause']),
});

/**
 * The one versioned document that says where traffic goes (Redis key `perch:{service}:release`).
 * Times are milliseconds since the epoch by Redis' clock.
 */
export const releaseDocumentSchema = z
  .strictObject({
    /** Version number, one higher with every stored change. 0: not stored yet. */
    generation: z.int().min(0),
    service: name,
    rolloutId: name,
    phase: z.enum(['idle', 'progressing', 'paused', 'promoting', 'succeeded', 'aborted']),
    /** The canary's share, percent. */
    weight,
    /** Index into `plan`. */
    step: z.int().min(0),
    /** Start of the current step; the store sets it. */
    stepStartedAt: z.int().min(0).default(0),
    plan: z.array(stepSchema).max(100),
    /** `cookie`: a client stays on its track. */
    affinity: z.enum(['none', 'cookie']),
    members: z.array(memberSchema).max(maxMembers),
    /** Reason of the last change, one line. */
    reason: z.string().max(2_000),
    /** The statistics behind the judge's last decision; null if a person decided. */
    evidence: z.record(z.string(), z.json()).nullable(),
    updatedAt: z.int().min(0),
    /** Name of the writer. */
    updatedBy: z.string().max(200),
  })
  .superRefine((document, context) => {
    for (const { field, value } of repeated(document.members)) {
      context.addIssue({
        code: 'custom',
        path: ['members'],
        message: `must not hold two members with ${field} ${value}`,
      });
    }
    if (document.weight > 0 && !hasActive(document, 'canary')) {
      context.addIssue({
        code: 'custom',
        path: ['weight'],
        message: `must be 0 without an active canary member, got ${document.weight}`,
      });
    }
  });

export type ReleaseDocument = z.infer<typeof releaseDocumentSchema>;
export type Member = ReleaseDocument['members'][number];
export type MemberState = Member['state'];
export type Step = ReleaseDocument['plan'][number];
export type Affinity = ReleaseDocument['affinity'];

/** The document of a service that has none stored yet. */
export function initialDocument(service: string): ReleaseDocument {
  return {
    generation: 0,
    service,
    rolloutId: 'initial',
    phase: 'idle',
    weight: 0,
    step: 0,
    stepStartedAt: 0,
    plan: [],
    affinity: 'none',
    members: [],
    reason: 'created',
    evidence: null,
    updatedAt: 0,
    updatedBy: 'nobody',
  };
}

/**
 * Parses a document, all or nothing.
 * @throws PerchError `document_invalid`, with every problem and its path.
 */
export function parseReleaseDocument(json: string): ReleaseDocument {
  return requireReleaseDocument(parseDocumentJson(json));
}

/**
 * Parses the JSON of a document, whatever it holds.
 * @throws PerchError `document_invalid` if it is too long or no JSON.
 */
export function parseDocumentJson(json: string): unknown {
  const bytes = Buffer.byteLength(json);
  if (bytes > maxDocumentBytes) {
    throw new PerchError(
      'document_invalid',
      `release document must be at most ${maxDocumentBytes} bytes, got ${bytes}`,
    );
  }
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new PerchError('document_invalid', 'release document must be JSON', { cause });
  }
}

/**
 * Returns the document that a value is, all or nothing.
 * @throws PerchError `document_invalid`, with every problem and its path.
 */
export function requireReleaseDocument(value: unknown): ReleaseDocument {
  const parsed = releaseDocumentSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'document'}: ${message}`,
  );
  throw new PerchError('document_invalid', `release document: ${problems.join('; ')}`);
}

/** Reason why this cannot be a member, with every invalid field; undefined if it can. */
export function memberProblem(member: Member): string | undefined {
  const { error } = memberSchema.safeParse(member);
  return error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
}

/** Canary members that get requests. */
export function activeCanaries<M extends Pick<Member, 'track' | 'state'>>(
  members: readonly M[],
): M[] {
  return members.filter(({ track, state }) => track === 'canary' && state === 'active');
}

/** Versions of the active canary members, sorted. */
export function canaryVersions({ members }: Pick<ReleaseDocument, 'members'>): string[] {
  return [...new Set(activeCanaries(members).map(({ version }) => version))].sort();
}

/** Key by which counts tell the canaries of one rollout apart, short and of letters and digits. */
export function canaryKeyOf(versions: readonly string[]): string {
  return stableHash(2 ** 32, 'versions', ...versions).toString(36);
}

/** True if the track has a member that gets requests. */
export function hasActive(document: Pick<ReleaseDocument, 'members'>, track: Member['track']) {
  return document.members.some((member) => member.track === track && member.state === 'active');
}

function isMemberUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && url.port !== '' && url.origin === text;
}

/** Ids and URLs that more than one member has. */
function repeated(members: readonly Member[]): { field: 'id' | 'url'; value: string }[] {
  return (['id', 'url'] as const).flatMap((field) => {
    const values = members.map((member) => member[field]);
    return values
      .filter((value, index) => values.indexOf(value) < index)
      .map((value) => ({ field, value }));
  });
}
