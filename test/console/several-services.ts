import type { Redis } from 'ioredis';
import { RoutesStore } from '../../runtime/store/edge/routes-store.ts';
import { IncidentStore } from '../../runtime/store/incidents/incident-store.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { details, opening } from '../support/judge/incident.ts';
import { member, releaseDocument } from '../support/release-document.ts';
import type { ConsoleServer } from './console-server.ts';

/** Stores services beside that of the console, each with a route and two stable members. */
export async function stageServices(
  { redis }: ConsoleServer,
  names: readonly string[],
): Promise<void> {
  const routes = new RoutesStore(redis);
  await routes.set({ service: 'shop', hosts: ['shop.example'], tls: 'none' });
  for (const service of names) {
    await routes.set({ service, hosts: [`${service}.example`], tls: 'none' });
    const members = [member('stable-1', 20_001), member('stable-2', 20_002)];
    const document = releaseDocument({ service, members, weight: 0, phase: 'idle' });
    await redis.set(redisKeys(service).release, JSON.stringify(document));
    await reportForLong(redis, service, ['host-1-0-00000a']);
  }
  await reportForLong(redis, 'shop', ['host-1-0-00000a', 'host-2-0-00000a']);
}

/** Makes proxies look as if they went on reporting: no test waits for their silence. */
async function reportForLong(redis: Redis, service: string, ids: readonly string[]): Promise<void> {
  const lastMs = Date.now() + 600_000;
  for (const id of ids) await redis.hset(redisKeys(service).proxies, id, `${lastMs} ${lastMs}`);
}

/** Opens an incident of a service. */
export async function stageIncident(
  { redis }: ConsoleServer,
  service: string,
  summary: string,
): Promise<string> {
  const { transition, incident } = opening('host-disk', 'host-1:/', 5);
  await new IncidentStore(redis, service).apply(
    { transition, incident: { ...incident, details: details({ summary }) } },
    { by: 'test', epoch: 0, channels: [] },
  );
  return incident.id;
}
