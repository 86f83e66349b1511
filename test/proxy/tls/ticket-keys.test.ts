import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CertificateSet } from '../../../runtime/proxy/tls/certificate-set.ts';
import { TicketKeySync } from '../../../runtime/proxy/tls/ticket-key-sync.ts';
import { TicketKeys } from '../../../runtime/proxy/tls/ticket-keys.ts';
import { TicketKeyFile } from '../../../runtime/store/edge/ticket-key-file.ts';
import type { TicketKey } from '../../../runtime/store/edge/ticket-key.ts';
import type { TicketKeySource } from '../../../runtime/store/edge/ticket-key-store.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { visit } from './support/sessions.ts';
import { startTlsGateway, type TlsGateway } from './support/tls-gateway.ts';

const hourMs = 3_600_000;
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

/** Source in memory, which two proxies share. */
class SharedSource implements TicketKeySource {
  keys: readonly TicketKey[] = [];
  isDown = false;

  update(change: (stored: readonly TicketKey[]) => readonly TicketKey[]) {
    if (this.isDown) return Promise.reject(new Error('down'));
    this.keys = change(this.keys);
    return Promise.resolve(this.keys);
  }
}

/** Proxy whose tickets use a clock of its test. */
class Front implements AsyncDisposable {
  readonly certificates: CertificateSet;
  readonly sync: TicketKeySync;
  readonly #keys: TicketKeys;
  #gateway: TlsGateway | undefined;

  constructor(now: () => number, sources: readonly TicketKeySource[]) {
    const keys = new TicketKeys(now);
    this.#keys = keys;
    this.certificates = new CertificateSet((context, hosts) => keys.attach(context, hosts));
    this.certificates.replace([testCertificate({ hosts: ['a.test'] })]);
    this.sync = new TicketKeySync({ keys, sources, logger: silentLogger, now });
  }

  get port(): number {
    return this.#gateway?.port ?? 0;
  }

  async start(): Promise<this> {
    await this.sync.sync();
    this.#gateway = await startTlsGateway({
      tls: {
        alpn: ['http/1.1'],
        contextFor: (name) => this.certificates.contextFor(name),
        onHello: (name, read) =>
          this.#keys.opening((hosts) => this.certificates.mayResume(hosts, name), read),
        onHandshake: () => {},
      },
    });
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.[Symbol.asyncDispose]();
  }
}

test.each(versions)(
  'a session of %s is resumed by another proxy with the same keys',
  async (version) => {
    const source = new SharedSource();
    const now = () => 0;
    await using first = await new Front(now, [source]).start();
    await using second = await new Front(now, [source]).start();
    await using stranger = await new Front(now, [new SharedSource()]).start();
    const { session, isResumed } = await visit(first.port, version);
    expect(isResumed).toBe(false);
    expect(await visit(first.port, version, session)).toMatchObject({ isResumed: true });
    expect(await visit(second.port, version, session)).toMatchObject({ isResumed: true });
    expect(await visit(stranger.port, version, session)).toMatchObject({ isResumed: false });
  },
);

test.each(versions)('a session of %s outlives the renewal of the certificate', async (version) => {
  await using front = await new Front(() => 0, []).start();
  const { session } = await visit(front.port, version);
  front.certificates.replace([testCertificate({ hosts: ['a.test'] })]);
  expect(await visit(front.port, version, session)).toMatchObject({ isResumed: true });
});

test.each(versions)(
  'once there is a next key, old tickets of %s still work and are renewed, and later they do not',
  async (version) => {
    let nowMs = 0;
    const source = new SharedSource();
    await using front = await new Front(() => nowMs, [source]).start();
    const [firstKey] = source.keys;
    const { session } = await visit(front.port, version);

    nowMs = 12 * hourMs;
    await front.sync.sync();
    expect(source.keys).toHaveLength(2);
    // The next key settles before it seals.
    nowMs += 60_000;
    await front.sync.sync();
    const rotated = await visit(front.port, version, session);
    expect(rotated.isResumed).toBe(true);

    nowMs = 36 * hourMs + 120_000;
    await front.sync.sync();
    expect(source.keys).not.toContainEqual(firstKey);
    expect(await visit(front.port, version, session)).toMatchObject({ isResumed: false });
    expect(await visit(front.port, version, rotated.session)).toMatchObject({ isResumed: true });
  },
);

test('a proxy without its source keeps its keys, and gives them back to one that lost them', async () => {
  const source = new SharedSource();
  await using front = await new Front(() => 0, [source]).start();
  const { session } = await visit(front.port, 'TLSv1.3');
  const { keys } = source;
  source.isDown = true;
  await front.sync.sync();
  expect(await visit(front.port, 'TLSv1.3', session)).toMatchObject({ isResumed: true });
  source.isDown = false;
  source.keys = [];
  await front.sync.sync();
  expect(source.keys).toEqual(keys);
});

test('a proxy that had keys of its own seals with those of the source once it is back', async () => {
  const source = new SharedSource();
  await using first = await new Front(() => 0, [source]).start();
  source.isDown = true;
  await using late = await new Front(() => 1, [source]).start();
  const before = await visit(late.port, 'TLSv1.3');
  source.isDown = false;
  await late.sync.sync();
  const after = await visit(late.port, 'TLSv1.3', before.session);
  expect(after.isResumed).toBe(true);
  expect(await visit(first.port, 'TLSv1.3', after.session)).toMatchObject({ isResumed: true });
});

test('a proxy that starts without its source resumes the sessions of before, by its file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-tickets-'));
  try {
    const path = join(folder, 'ticket-keys.json');
    const source = new SharedSource();
    await using before = await new Front(() => 0, [source, new TicketKeyFile(path)]).start();
    const { session } = await visit(before.port, 'TLSv1.3');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    source.isDown = true;
    await using after = await new Front(() => 0, [source, new TicketKeyFile(path)]).start();
    expect(await visit(after.port, 'TLSv1.3', session)).toMatchObject({ isResumed: true });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the file follows the keys of the source, and is written only when they change', async () => {
  let nowMs = 0;
  const source = new SharedSource();
  const file = new SharedSource();
  await using front = await new Front(() => nowMs, [source, file]).start();
  expect(file.keys).toEqual(source.keys);
  const { keys } = file;
  await front.sync.sync();
  expect(file.keys).toBe(keys);

  nowMs = 12 * hourMs;
  await front.sync.sync();
  expect(file.keys).toHaveLength(2);
  expect(file.keys).toEqual(source.keys);

  // Keys that it made of its own while the source was away are not the shared ones.
  source.isDown = true;
  nowMs = 24 * hourMs;
  await front.sync.sync();
  expect(file.keys).not.toEqual(source.keys);
  source.isDown = false;
  await front.sync.sync();
  expect(file.keys).toEqual(source.keys);
});

test('a file that cannot be written leaves the keys of the source in force', async () => {
  const source = new SharedSource();
  const file = new SharedSource();
  file.isDown = true;
  await using first = await new Front(() => 0, [source, file]).start();
  await using second = await new Front(() => 0, [source]).start();
  const { session } = await visit(first.port, 'TLSv1.3');
  expect(await visit(second.port, 'TLSv1.3', session)).toMatchObject({ isResumed: true });
});
