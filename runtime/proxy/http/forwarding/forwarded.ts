import { bit, FieldKind } from '../message/field-kind.ts';
import type { ForwardingPeer } from './peer.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

const forwardedFor = bit(FieldKind.forwardedFor);
const forwarded = bit(FieldKind.forwarded);
const claims =
  forwardedFor |
  forwarded |
  bit(FieldKind.forwardedProto) |
  bit(FieldKind.forwardedHost) |
  bit(FieldKind.forwardedOther);

/**
 * Writes Forwarded (RFC 7239) and its older spelling X-Forwarded-*. The claims of an unknown peer
 * are overwritten with the address it connects from. The claims of a trusted proxy are kept, and
 * its own address is added.
 */
export function forwardedPass(request: OutgoingRequest, peer: ForwardingPeer): undefined {
  const { head } = request;
  const { host } = head;
  if (!peer.trusted || (head.seen & claims) === 0) {
    request.drop(claims);
    request.add(peer.claims(host));
    return;
  }
  request.drop(forwardedFor | forwarded);
  request.add(`X-Forwarded-For: ${listed(head.combined(FieldKind.forwardedFor), peer.address)}`);
  if (head.has(FieldKind.forwarded)) {
    const element = `for=${peer.node}`;
    request.add(`Forwarded: ${listed(head.combined(FieldKind.forwarded), element)}`);
  }
  if (!head.has(FieldKind.forwardedProto)) {
    request.add(`X-Forwarded-Proto: ${head.https ? 'https' : 'http'}\r\n`);
  }
  if (!head.has(FieldKind.forwardedHost) && host !== undefined) {
    request.add(`X-Forwarded-Host: ${host}\r\n`);
  }
}

function listed(list: string | undefined, last: string): string {
  return list === undefined || list === '' ? `${last}\r\n` : `${list}, ${last}\r\n`;
}
