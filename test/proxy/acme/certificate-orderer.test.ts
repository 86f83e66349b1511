import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { pino, type Logger } from 'pino';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { CertificateOrderer } from '../../../runtime/proxy/acme/certificate-orderer.ts';
import {
  acmeCertificateName,
  certificateRecord,
} from '../../../runtime/store/edge/certificate-record.ts';
import { CertificateStatusStore } from '../../../runtime/store/edge/certificate-status-store.ts';
import { EdgeRecords } from '../../../runtime/store/edge/edge-records.ts';
import { EdgeRecordWatch } from '../../../runtime/store/edge/edge-record-watch.ts';
import { SealingKeys } from '../../../runtime/store/edge/sealing-keys.ts';
import { Lease } from '../../../runtime/store/judge/lease.ts';
import { test } from '../../support/fixtures.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';

const host = 'shop.test';
const keys = redisKeys('shop');

interface OrdererOptions {
  readonly holder?: string;
  readonly hosts?: readonly string[];
  readonly unready?: readonly string[];
  readonly onWrite?: () => void;
  readonly onOrder?: () => unknown;
  readonly logger?: Logger;
  readonly now?: () => number;
}

/** An orderer that never reaches an authority, with its records. */
function ordererOf(redis: Redis, options: OrdererOptions = {}) {
  const { holder = 'a', hosts = [host], onWrite = () => {}, onOrder = () => {} } = options;
  const sealing = new SealingKeys([randomBytes(32).toString('base64')]);
  const records = new EdgeRecordWatch({
    store: new EdgeRecords(redis, 'shop', sealing),
    file: undefined,
    logger: silentLogger,
  });
  const statuses = new CertificateStatusStore(redis, 'shop');
  const orderer = new CertificateOrderer({
    lease: new Lease(redis, 'shop', {
      holder,
      ttlMs: 60_000,
      keys: { lease: keys.orderer, epoch: keys.ordererEpoch },
    }),
    leaseTtlMs: 60_000,
    records,
    statuses: {
      list: () => statuses.list(),
      remove: (name) => statuses.remove(name),
      write: async (status) => {
        onWrite();
        await statuses.write(status);
      },
    },
    hosts: () => hosts,
    attempt: {
      run: async () => {
        await onOrder();
        throw new Error('no authority');
      },
    },
    unready: async () => options.unready ?? [],
    askRenewal: async () => ({ kind: 'not-offered' }),
    findDns: async () => 'no address',
    publicAddresses: [],
    now: options.now ?? Date.now,
    logger: options.logger ?? silentLogger,
    calmMs: 0,
    intervalMs: 3_600_000,
  });
  return { orderer, records, statuses };
}

test('a cycle in which nothing changed writes nothing', async ({ redis }) => {
  let writes = 0;
  const { orderer, records, statuses } = ordererOf(redis, { onWrite: () => (writes += 1) });
  const { chainPem, privateKeyPem, notBeforeMs, notAfterMs } = testCertificate({ hosts: [host] });
  const certificate = { hosts: [host], chainPem, privateKeyPem, notBeforeMs, notAfterMs };
  await records.poll();
  await records.put(certificateRecord(acmeCertificateName(host), certificate));
  await records.poll();
  orderer.start();
  await until(() => orderer.leads);
  await orderer.runCycle();
  await orderer.runCycle();
  const before = writes;
  expect(before).toBeGreaterThan(0);
  for (let cycle = 0; cycle < 5; cycle += 1) await orderer.runCycle();
  expect(writes).toBe(before);
  expect(await statuses.list()).toMatchObject([{ host, notAfterMs }]);
  await orderer.stop();
});

test('a second proxy orders only once the first one has stopped', async ({ redis }) => {
  const orders: string[] = [];
  const proxies = ['a', 'b'].map((holder) =>
    ordererOf(redis, { holder, onOrder: () => orders.push(holder) }),
  );
  const [one, two] = proxies;
  if (one === undefined || two === undefined) throw new Error('two proxies');
  for (const { records } of proxies) {
    await records.poll();
    // Redis must have held something before anybody knows that it is not empty by accident.
    await records.put({ name: 'account:test', open: {}, secret: 'key' });
    await records.poll();
  }
  one.orderer.start();
  await until(() => one.orderer.leads);
  two.orderer.start();
  await one.orderer.runCycle();
  await two.orderer.runCycle();
  expect(orders).toEqual(['a']);
  await one.orderer.stop();
  expect(await redis.get(keys.orderer)).toBeNull();
  await two.orderer.stop();
});

test('nothing is ordered while a proxy that the authority may ask answers no challenges', async ({
  redis,
}) => {
  let orders = 0;
  const unready = ['old-proxy'];
  const { orderer, records, statuses } = ordererOf(redis, {
    unready,
    onOrder: () => (orders += 1),
  });
  await records.poll();
  orderer.start();
  await until(() => orderer.leads);
  await orderer.runCycle();
  expect(orders).toBe(0);
  // It did not fail, so there is no pause once the proxy is replaced.
  expect(await statuses.list()).toEqual([{ host, failures: 0, nextOrderMs: 0 }]);
  unready.pop();
  await orderer.runCycle();
  expect(orders).toBe(1);
  await orderer.stop();
});

test('a proxy that answers no challenges for minutes is named in the status', async ({ redis }) => {
  const unready = ['old-proxy'];
  let nowMs = Date.now();
  const { orderer, records, statuses } = ordererOf(redis, { unready, now: () => nowMs });
  await records.poll();
  orderer.start();
  await until(() => orderer.leads);
  await orderer.runCycle();
  nowMs += 300_000;
  await orderer.runCycle();
  const waiting = 'these proxies answer no challenges yet: old-proxy';
  expect(await statuses.list()).toMatchObject([{ host, failures: 0, waiting }]);
  unready.pop();
  await orderer.runCycle();
  expect((await statuses.list())[0]).not.toHaveProperty('waiting');
  await orderer.stop();
});

test('a host whose first order runs is in the status as due', async ({ redis }) => {
  const during: unknown[] = [];
  const { orderer, records, statuses } = ordererOf(redis, {
    onOrder: async () => during.push(...(await statuses.list())),
  });
  await records.poll();
  orderer.start();
  await until(() => orderer.leads);
  await orderer.runCycle();
  expect(during).toEqual([{ host, failures: 0, nextOrderMs: 0 }]);
  await orderer.stop();
});

test('the status of a host that needs no certificate any more is removed', async ({ redis }) => {
  const { orderer, records, statuses } = ordererOf(redis);
  await statuses.write({ host: 'gone.test', failures: 0, nextOrderMs: 0 });
  await records.poll();
  orderer.start();
  await until(() => orderer.leads);
  await orderer.runCycle();
  expect((await statuses.list()).map(({ host }) => host)).toEqual([host]);
  await orderer.stop();
});

test('a proxy that has no host to order for does not log that it orders', async ({ redis }) => {
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const { orderer, records } = ordererOf(redis, { hosts: [], logger });
  await records.poll();
  orderer.start();
  await until(() => orderer.leads);
  await orderer.runCycle();
  expect(lines).toHaveLength(1);
  expect(lines.join()).toContain('maintains the certificates in Redis');
  expect(lines.join()).not.toContain('orders');
  await orderer.stop();
});
