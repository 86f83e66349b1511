/**
 * Every way in which the engine itself answers or ends a request instead of the origin: the
 * status it answers with, and what is wrong, for people. Keys are stable: they label metrics.
 */
export const refusals = {
  'request-line': [400, 'The request line is not: method, space, target, space, version'],
  target: [400, 'The request target is not allowed here or holds a byte that no target may hold'],
  'bare-cr': [400, 'A CR without an LF'],
  'bare-lf': [400, 'A line that ends in LF without CR'],
  'control-byte': [400, 'A control byte in a field'],
  'obs-fold': [400, 'A field line that begins with white space'],
  'field-name': [400, 'A field name that is no token, or is not directly followed by a colon'],
  'host-missing': [400, 'No Host'],
  'host-repeated': [400, 'More than one Host'],
  'host-invalid': [400, 'A Host that is empty or no host and port'],
  'content-length': [400, 'A Content-Length that is no number, too large, or contradicts another'],
  'length-and-coding': [400, 'Both Content-Length and Transfer-Encoding'],
  'coding-in-http-1.0': [400, 'Transfer-Encoding in an HTTP/1.0 message'],
  'transfer-encoding': [400, 'A Transfer-Encoding that is empty, or chunked not once and last'],
  chunk: [400, 'A chunk, its size or its end breaks the rules'],
  trailer: [400, 'The trailer section breaks the rules'],
  nomination: [400, 'Connection names a field that is meant for the origin'],
  method: [405, 'This method is not forwarded'],
  'slow-head': [408, 'The request head did not arrive in time'],
  'slow-body': [408, 'The request body did not arrive in time'],
  'slow-reader': [408, 'The client did not take its answer in time'],
  'body-too-large': [413, 'The request body is too large'],
  'target-too-long': [414, 'The request target is too long'],
  expectation: [417, 'An expectation other than 100-continue'],
  'head-too-large': [431, 'The request head is too large or has too many fields'],
  'transfer-coding': [501, 'A transfer coding other than chunked'],
  'origin-unreachable': [502, 'The origin could not be reached'],
  'origin-reset': [502, 'The origin ended the connection before it had answered'],
  'origin-malformed': [502, 'The answer of the origin broke the rules of HTTP'],
  'no-origin': [503, 'No origin can take the request now'],
  connections: [503, 'Too many connections'],
  'connections-of-address': [503, 'Too many connections of one address'],
  'origin-silent': [504, 'The origin did not answer in time'],
  version: [505, 'Only HTTP/1.0 and HTTP/1.1 are spoken here'],
} as const satisfies Record<string, readonly [status: number, meaning: string]>;

export type RefusalCause = keyof typeof refusals;

/** The refusal that a client gets for an upstream's fault. */
export const causeOfFault = {
  connect: 'origin-unreachable',
  reset: 'origin-reset',
  stale: 'origin-reset',
  timeout: 'origin-silent',
  malformed: 'origin-malformed',
} as const;

const reasons: Record<number, string> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/**
 * The whole response to a refused request. A 405 names what is allowed (RFC 9110 section 15.5.6),
 * a 503 says when to come back (section 10.2.3).
 */
export function refusalResponse(
  cause: RefusalCause,
  options: { date: string; close: boolean; head: boolean; retryAfterSeconds?: number },
): string {
  const [status, meaning] = refusals[cause];
  const body = `${meaning}.\n`;
  const fields = [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    `Date: ${options.date}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    ...(status === 405 ? ['Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] : []),
    ...(status === 503 ? [`Retry-After: ${options.retryAfterSeconds ?? 1}`] : []),
    ...(options.close ? ['Connection: close'] : []),
  ];
  return `${fields.join('\r\n')}\r\n\r\n${options.head ? '' : body}`;
}
