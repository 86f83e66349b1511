import { z } from 'zod';
import { PerchError } from '../../contract/perch-error.ts';
import {
  initialDocument,
  parseDocumentJson,
  requireReleaseDocument,
  type ReleaseDocument,
} from '../../core/release/release-document.ts';

const must = {
  members: 'must be a list of members, each with id, track and url',
  id: 'must be a name',
  track: 'must be stable or canary',
  url: 'must be http://HOST:PORT without a path',
};

/** Fields that a person has to write; the others have defaults. */
const writtenSchema = z.looseObject(
  {
    members: z.array(
      z.looseObject(
        { id: z.string(must.id), track: z.string(must.track), url: z.string(must.url) },
        must.members,
      ),
      must.members,
    ),
  },
  'must be a JSON object',
);

/** Defaults of a document that a person writes: of the document, and of each member. */
const defaults = { ...initialDocument('local'), generation: 1, reason: 'read from a file' };
const memberDefaults = { version: 'unknown', host: 'local', state: 'active' };

/**
 * Parses a document that a person may have written, all or nothing: everything but `members` has a
 * default, and so have `version`, `host` and `state` of a member.
 * @throws PerchError `document_invalid`, with every problem and its path.
 */
export function parseFileDocument(json: string): ReleaseDocument {
  const written = writtenSchema.safeParse(parseDocumentJson(json));
  if (!written.success) {
    const problems = written.error.issues.map(({ path, message }) =>
      `${path.join('.')} ${message}`.trim(),
    );
    throw new PerchError('document_invalid', `release document: ${problems.join('; ')}`);
  }
  const members = written.data.members.map((member) => ({ ...memberDefaults, ...member }));
  return requireReleaseDocument({ ...defaults, ...written.data, members });
}
