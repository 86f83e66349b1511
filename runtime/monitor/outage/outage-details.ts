import type { IncidentDetails } from '../../core/alerting/incident-details.ts';
import type { OutageRule, RedisTrouble } from './redis-trouble.ts';

export interface OutagePlace {
  readonly service: string;
  /** Host of the monitor that alerts. */
  readonly host: string;
  /** Host and port of Redis. */
  readonly redis: string;
}

/** Details of an outage of Redis, for people who are woken by it. */
export function outageDetails(trouble: RedisTrouble, place: OutagePlace): IncidentDetails {
  const { rule, reason, sinceMs } = trouble;
  return {
    summary: `${summaryFor(rule, place)}: ${reason}`,
    actions: [
      'proxies route by the last good release, and judge the canary by what they see themselves',
      'without Redis, judge, ejections, flags and all other alerts stand still',
    ],
    host: place.host,
    sinceMs,
    nextSteps: stepsFor(rule, place),
  };
}

function summaryFor(rule: OutageRule, { host }: OutagePlace): string {
  return rule === 'redis-refuses-writes'
    ? 'Redis refuses writes'
    : `Redis cannot be reached from ${host}`;
}

function stepsFor(rule: OutageRule, { service, redis }: OutagePlace): string[] {
  const container = `$(docker ps -aqf label=perch.part=redis -f label=perch.service=${service})`;
  const where = `on the host of Redis (${redis})`;
  if (rule === 'redis-unreachable') {
    return [
      `${where}, see whether it runs and what it says: docker logs --tail 50 ${container}`,
      `if it has ended, start it: docker start ${container}`,
      `if it runs, check the network from the monitors and proxies to ${redis}`,
    ];
  }
  return [
    `${where}, free space if a disk is full: df -h; docker system df`,
    `ask Redis for the reason: docker exec ${container} redis-cli INFO persistence; the same with INFO memory, CONFIG GET maxmemory`,
    `its data is in the volume at /data: docker inspect --format '{{json .Mounts}}' ${container}`,
    'Redis takes writes again by itself once there is room',
  ];
}
