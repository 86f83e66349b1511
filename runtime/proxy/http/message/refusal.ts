/**
 * Causes for which the engine itself answers or ends a request: the status of the answer, and its
 * text for people. The keys label metrics, so they are stable.
 */
export const refusals = {
  'request-line': [400, 'The request line is not "method, space, target, space, version"'],
  target: [400, 'The request target has a form or a byte that is not allowed'],
  'bare-cr': [400, 'A line contains a CR without an LF'],
  'bare-lf': [400, 'A line ends in LF without CR'],
  'control-byte': [400, 'A field contains a control byte'],
  'obs-fold': [400, 'A field line begins with white space'],
  'field-name': [400, 'A field name is not a token, or a colon does not follow it directly'],
  'host-missing': [400, 'The request has no Host'],
  'host-repeated': [400, 'The request has more than one Host'],
  'host-invalid': [400, 'The Host is empty or not a valid host and port'],
  'content-length': [
    400,
    'Content-Length is not a number, is too large or contradicts another one',
  ],
  'length-and-coding': [400, 'The request has both Content-Length and Transfer-Encoding'],
  'coding-in-http-1.0': [400, 'An HTTP/1.0 message has a Transfer-Encoding'],
  'transfer-encoding': [400, 'Transfer-Encoding is empty, or chunked is repeated or not last'],
  chunk: [400, 'A chunk, its size or its end is malformed'],
  trailer: [400, 'The trailer section is malformed'],
  nomination: [400, 'Connection nominates a field that is meant for the member'],
  'path-unknown': [404, 'No service is registered for this path of the host'],
  method: [405, 'The proxy does not forward this method'],
  'slow-head': [408, 'The request head did not arrive in time'],
  'slow-body': [408, 'The request body did not arrive in time'],
  'slow-reader': [408, 'The client did not read its response in time'],
  'body-too-large': [413, 'The request body is too large'],
  'target-too-long': [414, 'The request target is too long'],
  expectation: [417, 'The proxy knows no expectation but 100-continue'],
  'host-unknown': [421, 'No service is registered for this host'],
  'certificate-unfit': [421, 'The certificate of this connection does not cover this host'],
  'head-too-large': [431, 'The request head is too large or has too many fields'],
  'method-too-long': [501, 'The method is longer than any that the proxy forwards'],
  'transfer-coding': [501, 'The proxy knows no transfer coding but chunked'],
  'origin-unreachable': [502, 'The member could not be reached'],
  'origin-reset': [502, 'The member closed the connection before it had answered'],
  'origin-malformed': [502, 'The response of the member broke the rules of HTTP'],
  exhausted: [503, 'The proxy has no descriptor, port or memory left for a connection'],
  'no-origin': [503, 'No member can take the request now'],
  connections: [503, 'There are too many connections'],
  'connections-of-address': [503, 'There are too many connections from one address'],
  'origin-silent': [504, 'The member did not answer in time'],
  'http2-protocol': [400, 'The client broke a rule of HTTP/2'],
  'http2-stream': [400, 'The stream broke a limit or a rule of HTTP/2 before it was a request'],
  version: [505, 'The proxy knows only HTTP/1.0 and HTTP/1.1'],
} as const satisfies Record<string, readonly [status: number, meaning: string]>;

export type RefusalCause = keyof typeof refusals;

/** Refusal that a client gets for a fault of the upstream. */
export const causeOfFault = {
  connect: 'origin-unreachable',
  reset: 'origin-reset',
  stale: 'origin-reset',
  timeout: 'origin-silent',
  malformed: 'origin-malformed',
  exhausted: 'exhausted',
} as const;

const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

const reasons: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/** Response to a refused request. */
export interface RefusalMessage {
  readonly status: number;
  /** Names and values. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/**
 * Returns the response to a refused request, without what depends on the protocol. A 405 names the
 * allowed methods (RFC 9110 section 15.5.6), a 503 says when to try again (section 10.2.3).
 */
export function refusalMessage(
  cause: RefusalCause,
  options: { date: string; retryAfterSeconds?: number | undefined },
): RefusalMessage {
  const [status, meaning] = refusals[cause];
  const body = `${meaning}.\n`;
  return {
    status,
    fields: [
      ['Date', options.date],
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['Content-Length', String(body.length)],
      ...(status === 405 ? [['Allow', allowedMethods] as const] : []),
      ...(status === 503 ? [['Retry-After', String(options.retryAfterSeconds ?? 1)] as const] : []),
    ],
    body,
  };
}

/** Returns the same as the text of HTTP/1.1. */
export function refusalResponse(
  cause: RefusalCause,
  options: {
    date: string;
    close: boolean;
    head: boolean;
    retryAfterSeconds?: number | undefined;
    /** Strict-Transport-Security: name and value, or nothing. */
    hsts?: readonly string[];
  },
): string {
  const { status, fields, body } = refusalMessage(cause, options);
  const lines = [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
    ...(options.hsts?.length === 2 ? [options.hsts.join(': ')] : []),
    ...(options.close ? ['Connection: close'] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${options.head ? '' : body}`;
}
