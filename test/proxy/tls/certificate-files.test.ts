import { generateKeyPairSync } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { CertificateFileWatch } from '../../../runtime/proxy/tls/certificate-file-watch.ts';
import { readCertificateFiles } from '../../../runtime/proxy/tls/certificate-files.ts';
import { RawClient } from '../../support/http/raw-client.ts';
import { childrenOf } from '../../support/processes/processes.ts';
import { ProxyProcess } from '../../support/processes/proxy-process.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { testCertificate, type TestCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';
import { CertificateFolder, startTlsProxy } from './support/tls-proxy.ts';
import type { Certificate } from '../../../runtime/core/edge/certificate.ts';

const hosts = ['a.test', '*.w.test'];
const good = testCertificate({ hosts });
const authority = testCertificate({ hosts: ['authority.test'], isAuthority: true });
const issued = testCertificate({ hosts, issuer: authority });
const other = testCertificate({ hosts });
const hourMs = 3_600_000;

/** Reads the certificate from files. @returns the message of its refusal. */
async function problemOf(
  certificate: TestCertificate,
  { ofHosts = [], keyText }: { ofHosts?: readonly string[]; keyText?: string } = {},
): Promise<string | undefined> {
  await using folder = await CertificateFolder.create(certificate);
  if (keyText !== undefined) await writeFile(folder.privateKey, keyText);
  try {
    await readCertificateFiles(folder, { hosts: ofHosts, nowMs: Date.now() });
    return undefined;
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    expect(error.code).toBe('bad_input');
    return error.message.replaceAll(folder.path, 'FOLDER');
  }
}

test('a good chain is read with its names and the end that comes first', async () => {
  await using folder = await CertificateFolder.create(issued);
  const covered = ['a.test', 'x.w.test', '*.w.test'];
  const read = await readCertificateFiles(folder, { hosts: covered, nowMs: Date.now() });
  expect(read).toMatchObject({ hosts, chainPem: issued.chainPem });
  expect(Math.abs(read.notAfterMs - issued.notAfterMs)).toBeLessThan(10_000);
});

const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'secret',
});
const ended = testCertificate({ hosts, notAfterMs: Date.now() - hourMs });
const early = testCertificate({ hosts, notBeforeMs: Date.now() + hourMs });
const smallKey = testCertificate({ hosts, keyType: 'rsa', rsaBits: 1_024 });
const reversed = { ...issued, chainPem: authority.chainPem + issued.certificatePem };
const unrelated = { ...issued, chainPem: issued.certificatePem + other.chainPem };

test.each([
  ['no certificate', { ...good, chainPem: 'nothing' }, {}, '--certificate must hold a certificate'],
  ['no key', good, { keyText: 'nothing' }, '--private-key must be a private key in PEM'],
  ['a password', good, { keyText: String(encrypted) }, 'that no password protects'],
  ['another key', good, { keyText: other.privateKeyPem }, 'must match the private key'],
  ['the end', ended, {}, 'must not have expired: CN=a.test did on'],
  ['the beginning', early, {}, 'must be valid already: CN=a.test will be on'],
  ['the order', reversed, {}, 'in order: the certificate of the private key first'],
  ['a stranger', unrelated, {}, 'in order: CN=a.test was not issued by the one after it'],
  ['a curve', testCertificate({ hosts, namedCurve: 'secp256k1' }), {}, 'but has secp256k1'],
  ['a small key', smallKey, {}, 'RSA key of at least 2048 bits, but has 1024'],
  ['no name', testCertificate({ hosts: [] }), {}, 'must name a host in its subjectAltName'],
  ['a host', good, { ofHosts: ['b.test', 'a.test'] }, 'a.test, *.w.test, but not b.test'],
  [
    'all of it at once',
    { ...ended, privateKeyPem: 'nothing' },
    { ofHosts: ['b.test'] },
    /^--certificate must not have expired.*; --certificate must cover every host.*; --private-key must be/,
  ],
  ['two labels', good, { ofHosts: ['y.x.w.test'] }, 'but not y.x.w.test'],
] as const)('a bad certificate is refused by its reason: %s', async (_, bad, options, reason) => {
  const problem = await problemOf(bad, options);
  expect(problem).toMatch(reason);
  expect(problem).toMatch(/, got FOLDER\/(chain|key)\.pem$/);
});

test('files that cannot be read are named all at once', async () => {
  await using folder = await CertificateFolder.create(good);
  const files = { chain: folder.path, privateKey: `${folder.path}/missing` };
  await expect(readCertificateFiles(files, { hosts: [], nowMs: Date.now() })).rejects.toThrow(
    `--certificate must be a readable file, got ${files.chain} (EISDIR); ` +
      `--private-key must be a readable file, got ${files.privateKey} (ENOENT)`,
  );
});

test('perch proxy ends with the reason before it listens', async () => {
  await using folder = await CertificateFolder.create(early);
  const args = ['--document', 'x', '--tls-listen', '127.0.0.1:0', ...folder.options];
  await using proxy = new ProxyProcess({ args });
  expect(await proxy.exited).toBe(2);
  expect(proxy.stderr).toContain('--certificate must be valid already');
});

test('a proxy that is started after its certificate has expired serves with it and logs an error', async () => {
  await using started = await startTlsProxy({ notAfterMs: Date.now() - hourMs });
  const { proxy, certificate } = started;
  expect(await presents(proxy.tlsPort, certificate)).toBe(true);
  await until(() => proxy.log.some(({ msg }) => msg.includes('certificate in files has expired')));
});

test('a renewed certificate is presented without a restart, and connections go on', async () => {
  await using started = await startTlsProxy();
  const { proxy, folder } = started;
  using old = await RawClient.connectSecurely(proxy.tlsPort, { servername: 'a.test' });
  const renewed = testCertificate({ hosts: ['a.test'], keyType: 'rsa' });
  await folder.write(renewed);
  await until(() => presents(proxy.tlsPort, renewed), { what: 'the renewed certificate' });
  await old.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
  expect((await old.response()).status).toBe(200);
});

test('a renewal that cannot be used leaves the old certificate, is logged and counted', async () => {
  await using started = await startTlsProxy();
  const { proxy, folder, certificate } = started;
  await rm(folder.chain);
  await until(async () => (await failedReads(proxy)) === 1, { what: 'the failed renewal' });
  expect(proxy.log.some(({ msg }) => msg.includes('the renewed certificate cannot be used'))).toBe(
    true,
  );
  expect(await presents(proxy.tlsPort, certificate)).toBe(true);
  const renewed = testCertificate({ hosts: ['a.test'] });
  await folder.write(renewed);
  await until(() => presents(proxy.tlsPort, renewed), { what: 'the certificate after it' });
});

test('a worker that replaces another one presents the last good certificate if the files hold none', async () => {
  await using started = await startTlsProxy();
  const { proxy, folder, certificate } = started;
  await folder.write({ ...certificate, privateKeyPem: other.privateKeyPem });
  await until(async () => (await failedReads(proxy)) === 1, { what: 'the failed renewal' });
  const [before = 0] = childrenOf(proxy.pid);
  process.kill(before, 'SIGKILL');
  const isServed = () => presents(proxy.tlsPort, certificate).catch(() => false);
  await until(isServed, { what: 'another worker with the old certificate' });
  expect(childrenOf(proxy.pid)).not.toContain(before);
  const renewed = testCertificate({ hosts: ['a.test'] });
  await folder.write(renewed);
  await until(() => presents(proxy.tlsPort, renewed), { what: 'the certificate after it' });
});

test('a renewal whose key comes a moment later is no failure', async () => {
  await using folder = await CertificateFolder.create(good);
  const { watch, read } = watchOf(folder);
  await watch.start();
  try {
    await writeFile(folder.chain, other.chainPem);
    await watch.check();
    await writeFile(folder.privateKey, other.privateKeyPem);
    await watch.check();
    expect(watch.failedReads).toBe(0);
    expect(read.at(-1)?.chainPem).toBe(other.chainPem);
    await writeFile(folder.privateKey, 'no key');
    for (let time = 0; time < 3; time += 1) await watch.check();
    expect(watch.failedReads).toBe(1);
  } finally {
    await watch.stop();
  }
});

test.each([
  ['the valid one that was read before', good, good, 1],
  ['itself if the one before has expired too', ended, ended, 0],
] as const)(
  'files with an expired certificate give a worker %s',
  async (_, last, first, failures) => {
    await using folder = await CertificateFolder.create(ended);
    const { watch, read } = watchOf(folder, last);
    await watch.start();
    await watch.stop();
    expect(read.map(({ chainPem }) => chainPem)).toEqual([first.chainPem]);
    expect(watch.failedReads).toBe(failures);
  },
);

/** Returns a watch whose checks are made by hand, and the certificates that it has read. */
function watchOf(files: CertificateFolder, last?: Certificate) {
  const read: Certificate[] = [];
  const watch = new CertificateFileWatch({
    files,
    hosts: [],
    last,
    onCertificate: (certificate) => read.push(certificate),
    logger: silentLogger,
    now: Date.now,
    pollIntervalMs: hourMs,
  });
  return { watch, read };
}

async function presents(port: number, certificate: TestCertificate): Promise<boolean> {
  using client = await RawClient.connectSecurely(port, { servername: 'a.test' });
  const presented = (client.socket as TLSSocket).getPeerX509Certificate();
  return presented?.toString() === certificate.certificatePem;
}

async function failedReads(proxy: ProxyProcess): Promise<number> {
  const [sample] = await proxy.metrics('tls_certificate_read_failures_total');
  return Number(sample?.split(' ').at(-1));
}
