/** The release document of a service whose Redis died with its host, without that host's members. Pure. */
import { z } from 'zod';
import {
  createScript,
  isControlCommand,
  isOfApplication,
  type EditableState,
} from '../recovery/editable-state.ts';
import { plain } from '../recovery/exported-state.ts';

const memberSchema = z.looseObject({
  id: z.string(),
  track: z.string(),
  host: z.string(),
  state: z.string(),
});

const documentSchema = z.looseObject({
  generation: z.int(),
  weight: z.number(),
  members: z.array(memberSchema),
});

export type LostDocument = z.infer<typeof documentSchema>;

/** Newest of the last good documents that proxies keep; undefined if none can be read. */
export function newestDocument(texts: readonly string[]): LostDocument | undefined {
  return texts.flatMap((text) => parsed(text) ?? []).sort((a, b) => b.generation - a.generation)[0];
}

/**
 * The document of the members that the stack's state knows, for a stack whose proxies all died: every
 * member active, no canary share.
 * @param generation that the stack's outputs name last.
 */
export function documentOfState(
  state: EditableState,
  service: string,
  generation: number,
): LostDocument {
  const commands = state.deployment.resources.filter(isControlCommand);
  const members = commands
    .filter((command) => /perch member reserve /.test(createScript(command)))
    .filter((command) => isOfApplication(command, service))
    .flatMap(({ outputs }) => parsedMember(plain(outputs?.['stdout'])) ?? []);
  return documentSchema.parse({
    generation,
    service,
    rolloutId: 'initial',
    phase: 'idle',
    weight: 0,
    step: 0,
    stepStartedAt: 0,
    plan: [],
    affinity: 'none',
    members,
    reason: "rebuilt from the stack's state",
    evidence: null,
    updatedAt: 0,
    updatedBy: 'perch',
  });
}

/** The document without the members of a host. A canary without an active member loses its share. */
export function withoutMembersOf(document: LostDocument, host: string): LostDocument {
  const members = document.members.filter((member) => member.host !== host);
  const hasCanary = members.some(({ track, state }) => track === 'canary' && state === 'active');
  return { ...document, members, weight: hasCanary ? document.weight : 0 };
}

const printedMember = z.object({
  id: z.string(),
  track: z.string(),
  url: z.string(),
  version: z.string(),
  host: z.string(),
});

function parsedMember(stdout: unknown) {
  const member = printedMember.safeParse(json(stdout));
  return member.success ? { ...member.data, state: 'active' } : undefined;
}

function parsed(text: string): LostDocument | undefined {
  const document = documentSchema.safeParse(json(text));
  return document.success ? document.data : undefined;
}

/** Undefined for what is not JSON: a proxy that has never seen a document keeps none. */
function json(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
