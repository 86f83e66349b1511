import { expect, test } from 'vitest';
import { metricsText } from '../../../runtime/proxy/workers/admin-server.ts';
import { ProxyMetrics } from '../../../runtime/proxy/metrics/proxy-metrics.ts';
import { MemberPool } from '../../../runtime/proxy/routing/member-pool.ts';
import { TrafficCounter } from '../../../runtime/proxy/redis/traffic-counter.ts';
import { addTlsMetrics } from '../../../runtime/proxy/metrics/tls-metrics.ts';
import { parseExposition } from '../../support/http/exposition.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

test('the metrics count answers per member, track and status class', async () => {
  const { pool, scrape } = measuring();
  const [canary] = pool.active;
  canary?.stats.answered(200, 1);
  canary?.stats.answered(204, 1);
  canary?.stats.answered(503, 1);
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'perch_proxy_requests_total{service="shop",member="canary-1",track="canary",status="2xx",proxy="p1"} 2',
      'perch_proxy_requests_total{service="shop",member="canary-1",track="canary",status="5xx",proxy="p1"} 1',
    ]),
  );
});

test('the latency histogram is cumulative and in seconds', async () => {
  const { pool, scrape } = measuring();
  const [canary] = pool.active;
  for (const ms of [0.5, 1, 7, 31_000]) canary?.stats.answered(200, ms);
  const name = 'perch_proxy_request_duration_seconds';
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      `${name}_bucket${upTo('0.001')} 2`,
      `${name}_bucket${upTo('0.005')} 2`,
      `${name}_bucket${upTo('0.01')} 3`,
      `${name}_bucket${upTo('30')} 3`,
      `${name}_bucket${upTo('+Inf')} 4`,
      `${name}_sum{service="shop",member="canary-1",track="canary",proxy="p1"} 31.0085`,
      `${name}_count{service="shop",member="canary-1",track="canary",proxy="p1"} 4`,
    ]),
  );
});

test('the metrics do not change from one scrape to the next without requests', async () => {
  const { pool, scrape } = measuring();
  pool.active[0]?.stats.answered(200, 1);
  const counted = async () => (await scrape()).filter((line) => !line.startsWith('process_'));
  expect(await counted()).toEqual(await counted());
});

test('the metrics show ejections, requests in flight and faults', async () => {
  const { pool, scrape } = measuring();
  const [canary] = pool.active;
  if (canary === undefined) throw new Error('no canary');
  for (let request = 0; request < 3; request += 1) canary.startRequest();
  for (let fault = 0; fault < 2; fault += 1) canary.stats.faulted('connect');
  canary.stats.clientAborted();
  for (let time = 0; time < 4; time += 1) canary.stats.abandoned();
  for (let time = 0; time < 3; time += 1) canary.stats.calledFailure();
  for (let time = 0; time < 5; time += 1) pool.unanswered(canary, 'reset');
  const labels = '{service="shop",member="canary-1",track="canary",proxy="p1"}';
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      `perch_proxy_in_flight${labels} 3`,
      'perch_proxy_upstream_faults_total{service="shop",member="canary-1",track="canary",fault="connect",proxy="p1"} 2',
      `perch_proxy_client_aborts_total${labels} 1`,
      `perch_proxy_abandoned_total${labels} 4`,
      `perch_proxy_called_failures_total${labels} 3`,
      `perch_proxy_ejections_total${labels} 1`,
      `perch_proxy_member_available${labels} 0`,
    ]),
  );
});

test('the metrics show the applied release and the condition of its source', async () => {
  const { scrape } = measuring();
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'perch_proxy_generation{service="shop",proxy="p1"} 1',
      'perch_proxy_weight_percent{service="shop",proxy="p1"} 25',
      'perch_proxy_release_condition{service="shop",condition="absent",proxy="p1"} 1',
      'perch_proxy_redis_up{service="shop",proxy="p1"} 1',
      'perch_proxy_connections{proxy="p1"} 4',
    ]),
  );
});

test('each service has series of its own, and none for what it does not know', async () => {
  const { scrape } = measuring();
  const lines = (await scrape()).filter((line) => line.includes('service="blog"'));
  expect(lines).toEqual([
    'perch_proxy_generation{service="blog",proxy="p1"} 0',
    'perch_proxy_weight_percent{service="blog",proxy="p1"} 0',
    'perch_proxy_release_condition{service="blog",condition="waiting",proxy="p1"} 1',
    'perch_proxy_traffic_dropped_total{service="blog",proxy="p1"} 0',
  ]);
});

test("the metrics show the reason for which the canary's share is withheld", async () => {
  const { scrape } = measuring();
  expect(await scrape()).toEqual(
    expect.arrayContaining([
      'perch_proxy_canary_withheld{service="shop",reason="unjudged",proxy="p1"} 1',
      'perch_proxy_canary_withheld{service="shop",reason="harmful",proxy="p1"} 0',
    ]),
  );
});

test('the metrics count refusals by cause', async () => {
  const { metrics, scrape } = measuring();
  metrics.refused('slow-head');
  metrics.refused('slow-head');
  expect(await scrape()).toContain('perch_proxy_refusals_total{cause="slow-head",proxy="p1"} 2');
});

test('two certificates of one first host are one series, with the end of the first one to end', async () => {
  const { metrics, text } = measuring();
  const certificate = testCertificate({ hosts: ['a.test'] });
  const certificates = [300_000, 200_000].map((notAfterMs) => ({ ...certificate, notAfterMs }));
  metrics.add((registry) =>
    addTlsMetrics(registry, { handshakes: new Map([['full', 2]]), certificates, failedReads: 0 }),
  );
  const name = 'perch_proxy_tls_certificate_not_after_seconds';
  const series = parseExposition(await text()).filter((one) => one.name === name);
  expect(series).toEqual([{ name, labels: { host: 'a.test', proxy: 'p1' }, value: 200 }]);
});

test('the text of several processes with members, refusals and faults is strictly valid', async () => {
  const [one, other] = [measuring(), measuring('p2')];
  for (const { pool, metrics } of [one, other]) {
    pool.active[0]?.stats.answered(200, 1);
    pool.active[0]?.stats.faulted('connect');
    metrics.refused('slow-head');
    metrics.refused('a "quoted" cause');
  }
  const lists = await Promise.all([one, other].map(({ metrics }) => metrics.collect()));
  expect(parseExposition(await metricsText(lists)).length).toBeGreaterThan(20);
});

function upTo(le: string): string {
  return `{service="shop",member="canary-1",track="canary",le="${le}",proxy="p1"}`;
}

function measuring(id = 'p1') {
  const pool = new MemberPool({ now: () => 0 });
  pool.apply(
    releaseDocument({
      weight: 25,
      members: [member('canary-1', 20_004), member('stable-1', 20_001)],
    }),
  );
  const metrics = new ProxyMetrics({
    id,
    services: () => [
      {
        name: 'shop',
        pool,
        traffic: new TrafficCounter(() => 0),
        condition: 'absent',
        redisUp: true,
        judgeMissing: false,
        withheld: { reason: 'unjudged' },
      },
      {
        name: 'blog',
        pool: new MemberPool(),
        traffic: new TrafficCounter(() => 0),
        condition: 'waiting',
        redisUp: undefined,
        judgeMissing: undefined,
        withheld: undefined,
      },
    ],
    connections: () => 4,
  });
  const text = async () => await metricsText([await metrics.collect()]);
  const scrape = async () => (await text()).split('\n');
  return { pool, metrics, scrape, text };
}
