import { join } from 'node:path';
import { Redis } from 'ioredis';
import { edgeKeys, redisKeys } from '../../runtime/contract/redis-keys.ts';
import { initialDocument } from '../../runtime/core/release/release-document.ts';
import { nginx } from './nginx.ts';
import { onlyMember, perchHere, type PeerOptions, type ProxyPeer } from './peers.ts';
import { isInstalled, listening, measured, others, PinnedProcess } from './process.ts';

const perch = join(import.meta.dirname, '../../runtime/bin/perch.ts');

/** Hosts of 20 services. */
export const serviceHosts: readonly string[] = Array.from(
  { length: 20 },
  (_, index) => `service-${index}.example`,
);

/** Returns Perch and nginx, each with 20 services; none without a redis-server. */
export async function servicePeers(
  { folder, firstPort, upstreamPort, only }: PeerOptions,
  start: (process: PinnedProcess) => void,
): Promise<ProxyPeer[]> {
  if (!isInstalled('redis-server')) {
    console.log('20 services: skipped, redis-server is not installed');
    return [];
  }
  const redisPort = firstPort + 8;
  const redis = ['redis-server', '--port', String(redisPort), '--save', '', '--dir', folder];
  start(new PinnedProcess(others, redis));
  await listening(redisPort);
  await register(redisPort, upstreamPort);
  const known: ProxyPeer[] = [
    {
      name: perchHere,
      port: firstPort,
      start: () => perchWithRedis(folder, firstPort, redisPort),
    },
    {
      name: 'nginx',
      port: firstPort + 1,
      start: () => nginx(folder, firstPort + 1, { upstreamPort }, serviceHosts),
    },
  ];
  return known.filter(({ name }) => only.length === 0 || only.includes(name));
}

async function register(redisPort: number, upstreamPort: number): Promise<void> {
  const redis = new Redis(redisPort, '127.0.0.1');
  const routes = serviceHosts.map((host) => ({
    service: nameOf(host),
    hosts: [host],
    tls: 'none',
  }));
  await redis.set(edgeKeys.routes, JSON.stringify({ generation: 1, routes }));
  for (const { service } of routes) {
    const members = [onlyMember(upstreamPort)];
    const document = { ...initialDocument(service), generation: 1, members };
    await redis.set(redisKeys(service).release, JSON.stringify(document));
  }
  redis.disconnect();
}

function perchWithRedis(folder: string, port: number, redisPort: number): PinnedProcess {
  const options = `--listen 127.0.0.1:${port} --admin 127.0.0.1:0 --workers 1 --health-path /`;
  return new PinnedProcess(measured, [
    'env',
    `PERCH_SERVICE=${nameOf(serviceHosts[0] ?? '')}`,
    `PERCH_REDIS_URL=redis://127.0.0.1:${redisPort}`,
    process.execPath,
    perch,
    'proxy',
    ...options.split(' '),
    '--state-dir',
    join(folder, `state-${port}`),
  ]);
}

function nameOf(host: string): string {
  return host.replace(/\..*$/, '');
}
