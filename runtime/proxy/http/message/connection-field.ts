import { FieldKind, hopByHopNames } from './field-kind.ts';
import type { MessageHead } from './message-head.ts';

/** Fields that Connection must not nominate: they are meant for the upstream or guard the framing. */
const protectedNames: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'forwarded',
]);
const protectedPrefix = 'x-forwarded-';

/** Content of the Connection field of a message (RFC 9110 section 7.6.1). */
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
  // The two values that almost all messages have.
  const only = head.onlyIndexOf(FieldKind.connection);
  if (only >= 0 && head.isValue(only, 'keep-alive')) return persistent;
  if (only >= 0 && head.isValue(only, 'close')) return closing;
  const list = head.combined(FieldKind.connection);
  if (list === undefined) return persistent;
  let close = false;
  let upgrade = false;
  for (const member of list.split(',')) {
    const option = member.trim().toLowerCase();
    if (option === 'close') close = true;
    else if (option === 'upgrade') upgrade = true;
    else if (protectedNames.has(option) || option.startsWith(protectedPrefix)) return 'nomination';
    else if (!isRewritten(option)) head.nominate(option);
  }
  return { close, upgrade };
}

/** True if the engine rewrites the field, so that nominating it changes nothing. */
function isRewritten(option: string): boolean {
  return option === '' || option === 'expect' || hopByHopNames.has(option);
}
