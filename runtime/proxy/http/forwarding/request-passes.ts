import { readConnectionField } from '../message/connection-field.ts';
import { bit, FieldKind } from '../message/field-kind.ts';
import { forwardedPass } from './forwarded.ts';
import { chunked, noBody, requestFraming } from '../message/framing.ts';
import type { ForwardingPeer } from './peer.ts';
import type { OutgoingRequest } from './outgoing-request.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { Via } from './via.ts';

type RequestPass = (
  request: OutgoingRequest,
  peer: ForwardingPeer,
  via: Via,
) => RefusalCause | undefined;

/** Steps that turn the head that was read into the one that is forwarded, in their order. */
const requestPasses: readonly RequestPass[] = [
  framingPass,
  connectionPass,
  expectPass,
  hostPass,
  forwardedPass,
  viaPass,
];

/**
 * Prepares the request that was just read to be forwarded.
 * @returns the cause if the request is refused, otherwise undefined.
 */
export function applyRequestPasses(
  request: OutgoingRequest,
  peer: ForwardingPeer,
  via: Via,
): RefusalCause | undefined {
  request.reset();
  for (const pass of requestPasses) {
    const refusal = pass(request, peer, via);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Determines the framing and writes it anew (RFC 9112 section 6). */
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
 * Reads Connection, which is about the client's connection only; just a request to upgrade is
 * forwarded (RFC 9110 sections 7.6.1 and 7.8). An upgrade to h2c is not, because the bytes after it
 * could not be told from other requests.
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

/** Forwards 100-continue, the only expectation, except from HTTP/1.0 (RFC 9110 section 10.1.1). */
function expectPass(request: OutgoingRequest): RefusalCause | undefined {
  const { head } = request;
  if (!head.has(FieldKind.expect)) return undefined;
  if (head.combined(FieldKind.expect)?.toLowerCase() !== '100-continue') return 'expectation';
  if (head.minorVersion === 0 || request.framing === noBody) return undefined;
  request.expectContinue();
  return undefined;
}

/** Requires one valid Host, which an absolute-form target replaces (RFC 9112 section 3.2). */
function hostPass(request: OutgoingRequest, peer: ForwardingPeer): RefusalCause | undefined {
  const { head } = request;
  if (head.has(FieldKind.host)) {
    const refusal = checkHost(request, peer);
    if (refusal !== undefined) return refusal;
  } else if (head.minorVersion === 1) {
    return 'host-missing';
  }
  if (head.authority === undefined) return undefined;
  request.drop(bit(FieldKind.host));
  request.add(`Host: ${head.authority}\r\n`);
  return undefined;
}

function checkHost(
  { head, knownHosts }: OutgoingRequest,
  peer: ForwardingPeer,
): RefusalCause | undefined {
  const at = head.onlyIndexOf(FieldKind.host);
  if (at < 0) return 'host-repeated';
  if (peer.lastHost !== undefined && head.isValue(at, peer.lastHost.name)) return undefined;
  const host = knownHosts.find(head, at);
  if (host === undefined) return 'host-invalid';
  peer.rememberHost(host);
  return undefined;
}

/** Adds the proxy to Via, after those that received the message before (RFC 9110 section 7.6.3). */
function viaPass(request: OutgoingRequest, _peer: ForwardingPeer, via: Via): undefined {
  request.endWith(via.end(request.head.minorVersion, request.head.isOfHttp2));
}
