import { test } from 'vitest';
import { expectRefusedHead, post, type RefusedRequest } from '../support/refused-request.ts';

const framing: RefusedRequest[] = [
  [
    'Content-Length with Transfer-Encoding (RFC 9112 6.1)',
    'length-and-coding',
    post('Content-Length: 5', 'Transfer-Encoding: chunked'),
  ],
  [
    'Transfer-Encoding with Content-Length (RFC 9112 6.1)',
    'length-and-coding',
    post('Transfer-Encoding: chunked', 'Content-Length: 5'),
  ],
  [
    'two Content-Lengths (RFC 9112 6.3)',
    'content-length',
    post('Content-Length: 5', 'Content-Length: 6'),
  ],
  ['a list of Content-Lengths (RFC 9112 6.3)', 'content-length', post('Content-Length: 5, 6')],
  ['a list with an empty member (RFC 9112 6.3)', 'content-length', post('Content-Length: 5,')],
  ['an empty Content-Length (RFC 9110 8.6)', 'content-length', post('Content-Length:')],
  ['a signed Content-Length (RFC 9110 8.6)', 'content-length', post('Content-Length: +5')],
  ['a negative Content-Length (RFC 9110 8.6)', 'content-length', post('Content-Length: -5')],
  ['a hexadecimal Content-Length (RFC 9110 8.6)', 'content-length', post('Content-Length: 0x5')],
  [
    'a Content-Length with a fraction (RFC 9110 8.6)',
    'content-length',
    post('Content-Length: 5.0'),
  ],
  [
    'a Content-Length with a space within (RFC 9110 8.6)',
    'content-length',
    post('Content-Length: 5 5'),
  ],
  [
    'a Content-Length of 2^53 (RFC 9110 8.6)',
    'content-length',
    post('Content-Length: 9007199254740992'),
  ],
  [
    'a Content-Length that would wrap around (RFC 9110 8.6)',
    'content-length',
    post('Content-Length: 18446744073709551621'),
  ],
  [
    'Transfer-Encoding in HTTP/1.0 (RFC 9112 6.1)',
    'coding-in-http-1.0',
    'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
  ],
  [
    'chunked twice (RFC 9112 6.1)',
    'transfer-encoding',
    post('Transfer-Encoding: chunked, chunked'),
  ],
  [
    'chunked in two fields (RFC 9112 6.1)',
    'transfer-encoding',
    post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  ],
  [
    'chunked not last (RFC 9112 6.1)',
    'transfer-encoding',
    post('Transfer-Encoding: chunked, gzip'),
  ],
  ['an empty Transfer-Encoding (RFC 9112 6.1)', 'transfer-encoding', post('Transfer-Encoding:')],
  [
    'a Transfer-Encoding of a comma (RFC 9112 6.1)',
    'transfer-encoding',
    post('Transfer-Encoding: ,'),
  ],
  [
    'chunked and an empty member (RFC 9112 6.1)',
    'transfer-encoding',
    post('Transfer-Encoding: chunked,'),
  ],
  [
    'chunked with a parameter (RFC 9112 7.1)',
    'transfer-encoding',
    post('Transfer-Encoding: chunked;a=b'),
  ],
  ['gzip (RFC 9112 6.1)', 'transfer-coding', post('Transfer-Encoding: gzip')],
  [
    'gzip before chunked (RFC 9112 6.1)',
    'transfer-coding',
    post('Transfer-Encoding: gzip, chunked'),
  ],
  [
    'chunked before identity (RFC 9112 6.1)',
    'transfer-encoding',
    post('Transfer-Encoding: chunked, identity'),
  ],
  [
    'chunked and an unknown coding in two fields (RFC 9112 6.1)',
    'transfer-encoding',
    post('Transfer-Encoding: chunked', 'Transfer-encoding: cow'),
  ],
  [
    'a space before the colon of Transfer-Encoding (RFC 9112 5.1)',
    'field-name',
    post('Content-Length: 5', 'Transfer-Encoding : chunked'),
  ],
  [
    'a vertical tab before chunked (RFC 9110 5.5)',
    'control-byte',
    post('Transfer-Encoding: \x0bchunked'),
  ],
  [
    'chunked on a folded line (RFC 9112 5.2)',
    'obs-fold',
    post('Content-Length: 5', 'Transfer-Encoding:', ' chunked'),
  ],
  [
    'Transfer-Encoding behind a bare CR (RFC 9112 2.2)',
    'bare-cr',
    post('A: b\rTransfer-Encoding: chunked', 'Content-Length: 5'),
  ],
  ['identity (RFC 9112 6.1)', 'transfer-coding', post('Transfer-Encoding: identity')],
  [
    'a coding that only looks like chunked (RFC 9112 6.1)',
    'transfer-coding',
    post('Transfer-Encoding: xchunked'),
  ],
  ['chunked in quotes (RFC 9112 6.1)', 'transfer-coding', post('Transfer-Encoding: "chunked"')],
];

test.each(framing)('the proxy refuses a request with %s, however it arrives', (_, cause, request) =>
  expectRefusedHead(cause, request),
);
