import { readConnectionField } from '../message/connection-field.ts';
import { bit, FieldKind } from '../message/field-kind.ts';
import { forwardedPass } from './forwarded.ts';
import { chunked, noBody, requestFraming } from '../message/framing.ts';
import { isHost } from '../message/host.ts';
import type { ForwardingPeer } from './peer.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import type { RequestParser } from '../message/request-head.ts';
import type { RefusalCause } from '../message/refusal.ts';

type RequestPass = (
  request: OutgoingRequest,
  peer: ForwardingPeer,
  via: string,
) => RefusalCause | undefined;

/** Everything that is done to a request's head between its arrival and its way to the origin. */
const requestPasses: readonly RequestPass[] = [
  framingPass,
  connectionPass,
  tePass,
  expectPass,
  hostPass,
  forwardedPass,
  viaPass,
];

/**
 * Works out what of the request that was just read into the head is forwarded.
 * @returns why the request is refused, undefined when it is not.
 */
export function applyRequestPasses(
  request: OutgoingRequest,
  peer: ForwardingPeer,
  via: string,
): RefusalCause | undefined {
  request.reset();
  for (const pass of requestPasses) {
    const refusal = pass(request, peer, via);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** RFC 9112 section 6: the framing is worked out, and written anew. */
function framingPass(request: OutgoingRequest): RefusalCause | undefined {
  const { head } = request;
  const framing = requestFraming(head, head.minorVersion);
  if (typeof framing === 'string') return framing;
  request.setFraming(framing);
  if (framing === chunked) request.add('Transfer-Encoding: chunked\r\n');
  else if (head.has(FieldKind.contentLength)) request.add(`Content-Length: ${framing}\r\n`);
  return undefined;
}

/**
 * RFC 9110 sections 7.6.1 and 7.8: the client's connection is not the origin's; only the wish to
 * upgrade goes on. h2c does not: what is sent after it could not be told from other requests.
 */
function connectionPass(request: OutgoingRequest): RefusalCause | undefined {
  const { head } = request;
  // A proxy keeps no connection with an HTTP/1.0 client open (RFC 9112 appendix C.2.2).
  if (head.minorVersion === 0) request.closeAfterwards();
  if (!head.has(FieldKind.connection)) return undefined;
  const options = readConnectionField(head);
  if (options === 'nomination') return options;
  if (options.close) request.closeAfterwards();
  const protocols = options.upgrade ? head.combined(FieldKind.upgrade) : undefined;
  if (protocols === undefined || protocols === '' || head.minorVersion === 0) return undefined;
  if (request.framing !== noBody || /(^|,)\s*h2c\s*(,|$)/i.test(protocols)) return undefined;
  request.askForUpgrade(protocols);
  return undefined;
}

/** RFC 9110 section 10.1.4: of TE, only `trailers` goes on. */
function tePass(request: OutgoingRequest): undefined {
  if (!request.head.has(FieldKind.te) || request.upgrade !== undefined) return;
  const codings = (request.head.combined(FieldKind.te) ?? '').split(',');
  if (!codings.some((coding) => coding.trim().toLowerCase() === 'trailers')) return;
  request.add('Connection: TE\r\nTE: trailers\r\n');
}

/** RFC 9110 section 10.1.1: the one expectation there is goes on, unless from HTTP/1.0. */
function expectPass(request: OutgoingRequest): RefusalCause | undefined {
  const { head } = request;
  if (!head.has(FieldKind.expect)) return undefined;
  if (head.combined(FieldKind.expect)?.toLowerCase() !== '100-continue') return 'expectation';
  if (head.minorVersion === 0 || request.framing === noBody) return undefined;
  request.expectContinue();
  return undefined;
}

/** RFC 9112 section 3.2: exactly one Host that is one; an absolute-form target takes its place. */
function hostPass(request: OutgoingRequest, peer: ForwardingPeer): RefusalCause | undefined {
  const { head } = request;
  if (head.has(FieldKind.host)) {
    const refusal = checkHost(head, peer);
    if (refusal !== undefined) return refusal;
  } else if (head.minorVersion === 1) {
    return 'host-missing';
  }
  if (head.authority === undefined) return undefined;
  request.drop(bit(FieldKind.host));
  request.add(`Host: ${head.authority}\r\n`);
  return undefined;
}

function checkHost(head: RequestParser, peer: ForwardingPeer): RefusalCause | undefined {
  let at = -1;
  for (let index = 0; index < head.fieldCount; index += 1) {
    if (head.kinds[index] !== FieldKind.host) continue;
    if (at !== -1) return 'host-repeated';
    at = index;
  }
  if (peer.lastHost !== undefined && head.isValue(at, peer.lastHost)) return undefined;
  const host = head.value(at);
  if (!isHost(host)) return 'host-invalid';
  peer.rememberHost(host);
  return undefined;
}

/** RFC 9110 section 7.6.3: after those who received the message before. */
function viaPass(request: OutgoingRequest, _peer: ForwardingPeer, via: string): undefined {
  request.add(`Via: 1.${request.head.minorVersion} ${via}\r\n`);
}
