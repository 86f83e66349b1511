import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import {
  certificateRecord,
  ownCertificateName,
} from '../../../runtime/store/edge/certificate-record.ts';
import { EdgeRecords } from '../../../runtime/store/edge/edge-records.ts';
import { SealingKeys } from '../../../runtime/store/edge/sealing-keys.ts';
import { RoutesStore } from '../../../runtime/store/edge/routes-store.ts';
import { test as base } from '../../support/fixtures.ts';
import { get } from '../../support/http/load.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../../support/processes/proxy-process.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { testCertificate, type TestCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';

/** Key that seals private keys in Redis. */
export const edgeKey = randomBytes(32).toString('base64');

/** Token with which testers choose a track. */
export const overrideToken = 'correct-horse-battery';

/**
 * Tests of a proxy of the service shop that other services join. Each test has a Redis of its own.
 * - `member`: starts a member, which answers with its id.
 * - `release`: stores a release document; each call is one generation on.
 * - `proxy`: the proxy, with one worker; its state folder outlives it (`startAgain`).
 * - `httpsProxy`: the same with a port for https.
 * - `certify`: stores a certificate of a service's own for hosts, and returns it.
 * - `ask`: sends a GET with a host and returns `STATUS BODY`.
 */
export const test = base
  .extend('redis', async ({ server }, { onCleanup }) => {
    const redis = await clientOf(server);
    redis.on('error', () => {});
    onCleanup(() => redis.disconnect());
    return redis;
  })
  .extend('routes', ({ redis }) => new RoutesStore(redis))
  .extend('member', async ({}, { onCleanup }) => {
    const members: MemberServer[] = [];
    onCleanup(async () => {
      for (const member of members) await member.stop();
    });
    return async (id: string): Promise<MemberServer> => {
      const member = await MemberServer.start(id);
      members.push(member);
      return member;
    };
  })
  .extend('release', ({ redis }) => {
    let generation = 0;
    return async (
      service: string,
      members: readonly MemberServer[],
      overrides: Partial<ReleaseDocument> = {},
    ): Promise<number> => {
      generation += 1;
      const { release, releaseChanged } = redisKeys(service);
      const document = releaseDocument({
        service,
        generation,
        members: members.map((one) => one.entry()),
        ...overrides,
      });
      await redis.set(release, JSON.stringify(document));
      await redis.publish(releaseChanged, String(generation));
      return generation;
    };
  })
  .extend('startAgain', async ({ server }, { onCleanup }) => {
    const stateDir = await mkdtemp(join(tmpdir(), 'perch-services-'));
    const started: ProxyProcess[] = [];
    onCleanup(async () => {
      for (const proxy of started) await proxy[Symbol.asyncDispose]();
      await rm(stateDir, { recursive: true });
    });
    return async (...args: string[]): Promise<ProxyProcess> => {
      const proxy = await startProxy({
        args: ['--state-dir', stateDir, '--workers', '1', ...args],
        env: {
          PERCH_SERVICE: 'shop',
          PERCH_REDIS_URL: server.url,
          PERCH_EDGE_KEY: edgeKey,
          PERCH_OVERRIDE_TOKEN: overrideToken,
        },
      });
      started.push(proxy);
      return proxy;
    };
  })
  .extend('proxy', async ({ member, release, startAgain }) => {
    await release('shop', [await member('shop-1')]);
    const proxy = await startAgain();
    await proxy.untilGeneration(1);
    return proxy;
  })
  .extend('httpsProxy', async ({ member, release, startAgain }) => {
    await release('shop', [await member('shop-1')]);
    const proxy = await startAgain('--tls-listen', '127.0.0.1:0');
    await proxy.untilGeneration(1);
    return proxy;
  })
  .extend('certify', ({ redis }) => {
    const records = new EdgeRecords(redis, 'shop', new SealingKeys([edgeKey]));
    return async (service: string, hosts: readonly string[]): Promise<TestCertificate> => {
      const certificate = testCertificate({ hosts });
      await records.put(certificateRecord(ownCertificateName(service), certificate));
      return certificate;
    };
  })
  .extend('ask', ({ proxy }) => {
    return async (host: string, path = '/'): Promise<string> => {
      const { status, body } = await get(`${proxy.origin}${path}`, undefined, { host });
      return `${status} ${body}`.trim();
    };
  });

/** Waits until requests for a host are answered like this. */
export async function untilAnswered(
  ask: (host: string, path?: string) => Promise<string>,
  at: string,
  answer: string,
): Promise<void> {
  const [host = '', ...path] = at.split('/');
  await until(async () => (await ask(host, `/${path.join('/')}`)) === answer, {
    what: `${at} to answer ${answer}`,
  });
}
