import { FieldKind } from './field-kind.ts';
import type { MessageHead } from './message-head.ts';

/** What Connection must not take away: it is meant for the origin, or it guards the framing. */
const protectedNames: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'forwarded',
]);
/** What the engine itself takes out of each message, and writes anew when it is to go on. */
const ownNames: ReadonlySet<string> = new Set(['', 'keep-alive', 'te', 'expect']);
const protectedPrefix = 'x-forwarded-';

/** What the Connection field of a message says of the connection (RFC 9110 section 7.6.1). */
export interface ConnectionField {
  readonly close: boolean;
  readonly upgrade: boolean;
}

const persistent: ConnectionField = { close: false, upgrade: false };
const closing: ConnectionField = { close: true, upgrade: false };

/**
 * Reads the Connection fields of a head and marks the fields that they nominate, so that they are
 * dropped with the hop-by-hop ones.
 */
export function readConnectionField(head: MessageHead): ConnectionField | 'nomination' {
  const list = head.combined(FieldKind.connection);
  // What most say that say anything.
  if (list === undefined || list === 'keep-alive') return persistent;
  if (list === 'close') return closing;
  let close = false;
  let upgrade = false;
  for (const member of list.split(',')) {
    const option = member.trim().toLowerCase();
    if (option === 'close') close = true;
    else if (option === 'upgrade') upgrade = true;
    else if (protectedNames.has(option) || option.startsWith(protectedPrefix)) return 'nomination';
    else if (!ownNames.has(option)) head.nominate(option);
  }
  return { close, upgrade };
}
