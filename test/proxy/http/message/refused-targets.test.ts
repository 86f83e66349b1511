import { test } from 'vitest';
import {
  expectRefusedHead,
  get,
  post,
  testLimits,
  type RefusedRequest,
} from '../support/refused-request.ts';

const targets: RefusedRequest[] = [
  [
    '* with another method than OPTIONS (RFC 9112 3.2.4)',
    'target',
    'GET * HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['a target without a slash (RFC 9112 3.2)', 'target', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a fragment (RFC 9112 3.2)', 'target', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a control byte (RFC 9112 3.2)', 'target', 'GET /a\x01b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a byte above ASCII (RFC 9112 3.2)', 'target', 'GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n'],
  [
    'a scheme that is not HTTP (RFC 9112 3.2.2)',
    'target',
    'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  [
    'an authority that is empty (RFC 9112 3.2.2)',
    'host-invalid',
    'GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  [
    'userinfo in the target (RFC 9110 4.2.4)',
    'host-invalid',
    'GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['no Host (RFC 9112 3.2)', 'host-missing', 'GET / HTTP/1.1\r\n\r\n'],
  ['no Host with absolute-form (RFC 9112 3.2)', 'host-missing', 'GET http://a/ HTTP/1.1\r\n\r\n'],
  ['two Hosts (RFC 9112 3.2)', 'host-repeated', get('Host: b')],
  ['the same Host twice (RFC 9112 3.2)', 'host-repeated', get('Host: a')],
  ['an empty Host (RFC 9110 7.2)', 'host-invalid', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
  ['a Host of white space (RFC 9110 7.2)', 'host-invalid', 'GET / HTTP/1.1\r\nHost: \t \r\n\r\n'],
  ['a list of Hosts (RFC 9110 7.2)', 'host-invalid', 'GET / HTTP/1.1\r\nHost: a,b\r\n\r\n'],
  ['userinfo in Host (RFC 9110 7.2)', 'host-invalid', 'GET / HTTP/1.1\r\nHost: u:p@a\r\n\r\n'],
  ['a path in Host (RFC 9110 7.2)', 'host-invalid', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  ['a space in Host (RFC 9110 7.2)', 'host-invalid', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
  [
    'a port that is no number (RFC 9110 7.2)',
    'host-invalid',
    'GET / HTTP/1.1\r\nHost: a:b\r\n\r\n',
  ],
  ['two ports (RFC 9110 7.2)', 'host-invalid', 'GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n'],
  ['an open bracket (RFC 9110 7.2)', 'host-invalid', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n'],
  ['only a port (RFC 9110 7.2)', 'host-invalid', 'GET / HTTP/1.1\r\nHost: :80\r\n\r\n'],
];

const sizes: RefusedRequest[] = [
  [
    'a target that is too long (RFC 9110 15.5.15)',
    'target-too-long',
    `GET /${'a'.repeat(testLimits.targetBytes)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ],
  [
    'a head that is too large (RFC 6585 5)',
    'head-too-large',
    get(`A: ${'b'.repeat(testLimits.headBytes)}`),
  ],
  [
    'too many fields (RFC 6585 5)',
    'head-too-large',
    get(...Array.from({ length: testLimits.headFields }, () => 'A: b')),
  ],
  [
    'a Content-Length that is too large (RFC 9110 15.5.14)',
    'body-too-large',
    post('Content-Length: 1001', 'Expect: 100-continue'),
  ],
];

const others: RefusedRequest[] = [
  [
    'another expectation (RFC 9110 10.1.1)',
    'expectation',
    post('Content-Length: 2', 'Expect: 200-ok'),
  ],
  [
    'a second expectation (RFC 9110 10.1.1)',
    'expectation',
    post('Content-Length: 2', 'Expect: 100-continue, a'),
  ],
  ...[
    'Host',
    'Content-Length',
    'Authorization',
    'X-Forwarded-For',
    'x-forwarded-host',
    'X-Forwarded-Proto',
    'Forwarded',
    'Transfer-Encoding',
  ].map((name): RefusedRequest => [
    `Connection that nominates ${name} (RFC 9110 7.6.1)`,
    'nomination',
    get(`Connection: close, ${name}`),
  ]),
];

test.each([...targets, ...sizes, ...others])(
  'the proxy refuses a request with %s, however it arrives',
  (_, cause, request) => expectRefusedHead(cause, request),
);
