import type { TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { expect } from 'vitest';
import { proxySettings } from '../../../runtime/proxy/settings/settings.ts';
import { ProxyWorker } from '../../../runtime/proxy/worker.ts';
import {
  acmeCertificateName,
  certificateRecord,
} from '../../../runtime/store/edge/certificate-record.ts';
import { EdgeRecords } from '../../../runtime/store/edge/edge-records.ts';
import { SealingKeys } from '../../../runtime/store/edge/sealing-keys.ts';
import { RedisClock } from '../../../runtime/store/redis/redis-clock.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { RawClient } from '../../support/http/raw-client.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';
import { CertificateFolder } from '../tls/support/tls-proxy.ts';
import { edgeKey, test } from './fixtures.ts';

const servername = 'shop.example';
const dayMs = 86_400_000;

const startedMs = Math.floor(Date.now() / 1_000) * 1_000;
/** Time so many days from now, in whole seconds as in certificates. */
const wholeDays = (days: number) => startedMs + days * dayMs;

/** Clock that a test sets ahead. */
class AheadClock extends RedisClock {
  aheadMs = 0;

  override now(): number {
    return super.now() + this.aheadMs;
  }
}

test('a certificate in files that has expired gives way to a valid one by ACME, is logged and reported', async ({
  redis,
  routes,
  server,
}) => {
  const ending = testCertificate({
    hosts: [servername],
    notBeforeMs: wholeDays(-1),
    notAfterMs: wholeDays(1),
  });
  const issued = testCertificate({ hosts: [servername] });
  await using folder = await CertificateFolder.create(ending);
  await new EdgeRecords(redis, 'shop', new SealingKeys([edgeKey])).put(
    certificateRecord(acmeCertificateName(servername), issued),
  );
  await routes.set({ service: 'shop', hosts: [servername], tls: 'acme' });
  const clock = new AheadClock();
  const lines: string[] = [];
  const worker = new ProxyWorker({
    settings: proxySettings(
      {
        listen: '127.0.0.1:0',
        tlsListen: '127.0.0.1:0',
        tls: 'certificate',
        certificate: folder.chain,
        privateKey: folder.privateKey,
        acmeDirectory: 'https://127.0.0.1:1/none',
      },
      { PERCH_REDIS_URL: server.url, PERCH_SERVICE: 'shop', PERCH_EDGE_KEY: edgeKey },
    ),
    id: 'edge-1-0-a1b2c3',
    logger: pino({ level: 'error' }, { write: (line) => void lines.push(line) }),
    clock,
    onStatus: () => {},
  });
  const { https = 0 } = await worker.start();
  const presented = async () => {
    using client = await RawClient.connectSecurely(https, { servername });
    return (client.socket as TLSSocket).getPeerX509Certificate()?.toString();
  };
  try {
    expect(await presented()).toBe(ending.certificatePem);
    clock.aheadMs = 2 * dayMs;
    expect(await presented()).toBe(issued.certificatePem);
    await until(() => lines.some((line) => line.includes('the certificate in files has expired')));
    const reported = async () => (await new ProxyReports(redis, 'shop').list())[0];
    await until(async () => (await reported())?.fileCertificate !== undefined);
    expect((await reported())?.fileCertificate).toEqual({
      hosts: [servername],
      notBeforeMs: wholeDays(-1),
      notAfterMs: wholeDays(1),
    });
  } finally {
    await worker.drain();
  }
});
