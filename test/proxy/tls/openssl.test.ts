import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CertificateSet } from '../../../runtime/proxy/tls/certificate-set.ts';
import { TicketKeys } from '../../../runtime/proxy/tls/ticket-keys.ts';
import { rotatedTicketKeys } from '../../../runtime/store/edge/ticket-key.ts';
import type { HandshakeResult } from '../../../runtime/proxy/http/contract/tls.ts';
import { unless, whyNoProgram } from '../../support/skip.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';
import { startTlsGateway, type TlsGateway } from './support/tls-gateway.ts';

const needed = unless(whyNoProgram('openssl'));
const request = 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';
const handshakes: HandshakeResult[] = [];
let secure: TlsGateway;
let folder: string;

beforeAll(async () => {
  const keys = new TicketKeys(Date.now);
  keys.learn(rotatedTicketKeys([], Date.now()));
  const certificates = new CertificateSet((context, hosts) => keys.attach(context, hosts));
  certificates.replace([
    testCertificate({ hosts: ['a.test', '*.w.test'] }),
    testCertificate({ hosts: ['b.test'] }),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'perch-openssl-'));
  secure = await startTlsGateway({
    tls: {
      alpn: ['http/1.1'],
      contextFor: (name) => certificates.contextFor(name),
      onHello: (name, read) => keys.opening((hosts) => certificates.mayResume(hosts, name), read),
      onHandshake: (result) => handshakes.push(result),
    },
  });
});
afterAll(async () => {
  await secure?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `openssl s_client` with some input. @returns everything that it prints. */
async function client(input: string, ...options: string[]): Promise<string> {
  const name = options.includes('-servername') ? [] : ['-servername', 'a.test'];
  const address = ['-connect', `127.0.0.1:${secure.port}`];
  const child = spawn('openssl', ['s_client', ...address, ...name, ...options]);
  let text = '';
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('latin1').on('data', (part: string) => (text += part));
  }
  child.stdin.on('error', () => {});
  child.stdin.write(input);
  await until(() => child.exitCode !== null, { what: 'openssl s_client to end' });
  return text;
}

test.each(['-tls1_2', '-tls1_3'])('openssl resumes a session by %s', needed, async (version) => {
  const file = join(folder, `session${version}`);
  const first = await client(request, version, '-sess_out', file);
  expect(first).toMatch(/New, TLSv1.[23]/);
  expect(first).toContain('HTTP/1.1 200 OK');
  const second = await client(request, version, '-sess_in', file);
  expect(second).toMatch(/Reused, TLSv1.[23]/);
  expect(second).toContain('HTTP/1.1 200 OK');
});

test.each(['-tls1_2', '-tls1_3'])(
  'a session of %s goes on under the names of its certificate alone',
  needed,
  async (version) => {
    const file = join(folder, `names${version}`);
    await client(request, version, '-sess_out', file);
    const other = await client(request, version, '-sess_in', file, '-servername', 'x.w.test');
    expect(other).toMatch(/Reused, TLSv1.[23]/);
    expect(other).toContain('HTTP/1.1 200 OK');
    const stranger = await client(request, version, '-sess_in', file, '-servername', 'b.test');
    expect(stranger).toMatch(/New, TLSv1.[23]/);
    expect(stranger).toContain('subject=CN = b.test');
    expect(stranger).toContain('HTTP/1.1 200 OK');
    const unknown = await client('', version, '-sess_in', file, '-servername', 'c.test');
    expect(unknown).toContain('unrecognized name');
  },
);

test('openssl finds no compression and no early data', needed, async () => {
  const text = await client(request, '-tls1_3');
  expect(text).toContain('Compression: NONE');
  expect(text).toContain('Max Early Data: 0');
  expect(text).toMatch(/Verification error: self-signed certificate/);
});

test('openssl cannot renegotiate', needed, async () => {
  const text = await client('R\n', '-tls1_2');
  expect(text).toContain('RENEGOTIATING');
  expect(text).toMatch(/no renegotiation/);
});

test('openssl gets an alert for an old version, and for an unknown name', needed, async () => {
  const old = await client('', '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0');
  expect(old).toContain('alert protocol version');
  expect(await client('', '-servername', 'c.test')).toContain('unrecognized name');
});

test('a client that does not trust the certificate is counted by its alert', needed, async () => {
  handshakes.length = 0;
  const text = await client('', '-tls1_2', '-verify_return_error');
  expect(text).toContain('certificate verify failed');
  await until(() => handshakes.length > 0, { what: 'the handshake to fail' });
  expect(handshakes).toEqual(['client-alert']);
});
