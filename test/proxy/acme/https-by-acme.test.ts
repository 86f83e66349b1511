import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import type { Redis } from 'ioredis';
import { describe, expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import {
  acmeCertificateName,
  certificateRecord,
} from '../../../runtime/store/edge/certificate-record.ts';
import { EdgeRecords } from '../../../runtime/store/edge/edge-records.ts';
import { RoutesStore } from '../../../runtime/store/edge/routes-store.ts';
import { SealingKeys } from '../../../runtime/store/edge/sealing-keys.ts';
import { Pebble, whyNoPebble } from '../../support/acme/pebble.ts';
import { test as base } from '../../support/fixtures.ts';
import { RawClient } from '../../support/http/raw-client.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../../support/processes/proxy-process.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { unless } from '../../support/skip.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';
import type { Certificate } from '../../../runtime/core/edge/certificate.ts';

const host = 'shop.test';
const sealingKey = randomBytes(32).toString('base64');
const request = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

// oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
const test = base.extend('stateDir', async ({}, { onCleanup }): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-state-'));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});

interface ProxyWithAcme {
  /** Options that name the host. Default: none, as in a stack, where routes do. */
  readonly named?: readonly string[];
  readonly pebble: Pebble;
  readonly redisUrl: string;
  readonly stateDir: string;
  readonly listen: string;
}

function start(options: ProxyWithAcme): Promise<ProxyProcess> {
  const { named = [], pebble, redisUrl, stateDir, listen } = options;
  const tls = ['--tls-listen', '127.0.0.1:0', ...named];
  const authority = ['--acme-directory', pebble.directoryUrl, '--acme-email', 'ops@shop.test'];
  const rest = ['--listen', listen, '--state-dir', stateDir, '--workers', '2'];
  return startProxy({
    args: [...tls, ...authority, ...rest],
    env: {
      PERCH_REDIS_URL: redisUrl,
      PERCH_SERVICE: 'shop',
      PERCH_EDGE_KEY: sealingKey,
      PERCH_ACME_CA_CERTIFICATE: pebble.caCertificate,
    },
  });
}

/** Serial number of the certificate that a new connection gets; undefined if the handshake fails. */
async function serialAt(port: number, ca?: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
  const socket: TLSSocket = connect({ port, servername: host, ...trust }, () => {
    resolve(socket.getPeerX509Certificate()?.serialNumber);
    socket.destroy();
  });
  socket.on('error', () => resolve(undefined));
  return await promise;
}

async function storeDocument(redis: Redis, port: number, service = 'shop'): Promise<void> {
  const document = releaseDocument({ service, members: [member('stable-1', port)] });
  await redis.set(redisKeys(service).release, JSON.stringify(document));
}

describe('perch proxy --tls acme', unless(whyNoPebble()), () => {
  test('gets a certificate and serves https with it, again without Redis, and replaces it without breaking a connection', async ({
    server,
    stateDir,
  }) => {
    await using stable = await MemberServer.start('stable-1');
    const challengePort = await freePort();
    await using pebble = await Pebble.start({ challengePort });
    const listen = `127.0.0.1:${challengePort}`;
    const named = ['--tls', 'acme', '--host', host];
    const options = { named, pebble, redisUrl: server.url, stateDir, listen };
    const redis = await clientOf(server);
    await storeDocument(redis, stable.port);
    {
      await using proxy = await start(options);
      const root = await pebble.root();
      // No certificate yet: the handshake fails, and http is not redirected to nowhere.
      const first = await until(() => serialAt(proxy.tlsPort, root), { everyMs: 100 });
      expect(pebble.orders).toBe(1);
      await untilAllWorkers(proxy, first);
      using client = await RawClient.connectSecurely(proxy.tlsPort, { servername: host });
      await client.send(request);
      expect((await client.response()).body.toString()).toBe('stable-1');

      const other = testCertificate({ hosts: [host] });
      const next: Certificate = { ...pick(other), hosts: [host] };
      await new EdgeRecords(redis, 'shop', new SealingKeys([sealingKey])).put(
        certificateRecord(acmeCertificateName(host), next),
      );
      await until(async () => (await serialAt(proxy.tlsPort)) !== first);
      await client.send(request);
      expect((await client.response()).body.toString()).toBe('stable-1');
    }
    redis.disconnect();
    await server.stop();
    await using proxy = await start({ ...options, listen: '127.0.0.1:0' });
    using client = await RawClient.connectSecurely(proxy.tlsPort, { servername: host });
    await client.send(request);
    expect((await client.response()).body.toString()).toBe('stable-1');
    expect(pebble.orders).toBe(1);
  });

  test('gets certificates for services that join, from then on redirects them, and serves them from disk', async ({
    server,
    stateDir,
  }) => {
    await using guest = await MemberServer.start('blog-1');
    const challengePort = await freePort();
    await using pebble = await Pebble.start({ challengePort });
    const listen = `127.0.0.1:${challengePort}`;
    const options = { pebble, redisUrl: server.url, stateDir };
    const redis = await clientOf(server);
    await storeDocument(redis, guest.port, 'blog');
    const ask = async (port: number) => {
      using client = await RawClient.connectSecurely(port, { servername: host });
      await client.send(request);
      return (await client.response()).body.toString();
    };
    {
      await using proxy = await start({ ...options, listen });
      await new RoutesStore(redis).set({ service: 'blog', hosts: [host], tls: 'acme' });
      const root = await pebble.root();
      await untilAllWorkers(
        proxy,
        await until(() => serialAt(proxy.tlsPort, root), { everyMs: 100 }),
      );
      expect(await ask(proxy.tlsPort)).toBe('blog-1');
      using plain = await RawClient.connect(challengePort);
      const statusOfPlain = async () => {
        await plain.send(request);
        return (await plain.response()).status;
      };
      // Each worker presents the certificate within a second.
      await until(async () => (await statusOfPlain()) === 308);
    }
    redis.disconnect();
    await server.stop();
    await using proxy = await start({ ...options, listen: '127.0.0.1:0' });
    expect(await ask(proxy.tlsPort)).toBe('blog-1');
    expect(pebble.orders).toBe(1);
  });
});

/** Workers share the port: of 32 connections all reach one of two once in two billion times. */
async function untilAllWorkers(proxy: ProxyProcess, serial: string): Promise<void> {
  await until(async () => {
    const serials = await Promise.all(Array.from({ length: 32 }, () => serialAt(proxy.tlsPort)));
    return serials.every((one) => one === serial);
  });
}

function pick({ chainPem, privateKeyPem, notBeforeMs, notAfterMs }: Certificate) {
  return { chainPem, privateKeyPem, notBeforeMs, notAfterMs };
}
