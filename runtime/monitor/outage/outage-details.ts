import type { OutageRule } from '../../core/alerting/default-rules.ts';
import type { IncidentDetails } from '../../core/alerting/incident-details.ts';
import type { RedisTrouble } from './redis-trouble.ts';

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
    nextSteps: stepsFor(trouble, place),
  };
}

function summaryFor(rule: OutageRule, { host }: OutagePlace): string {
  return rule === 'redis-refuses-writes'
    ? 'Redis refuses writes'
    : `Redis cannot be reached from ${host}`;
}

function stepsFor({ rule, reason }: RedisTrouble, { service, redis }: OutagePlace): string[] {
  const container = `"$(docker ps -lqf label=perch.part=redis -f label=perch.service=${service})"`;
  const where = `On the host of Redis (${redis})`;
  if (rule === 'redis-unreachable') {
    return [
      `${where}, see whether it runs and what it says: \`docker logs --tail 50 ${container}\``,
      `If it has ended, start it: \`docker start ${container}\``,
      `If it runs, check the network from the monitors and proxies to ${redis}`,
    ];
  }
  const last = 'Redis takes writes again by itself once there is room';
  if (reason.includes('maxmemory')) {
    return [
      `${where}, see what it holds: \`docker exec ${container} redis-cli INFO memory\``,
      'Give it more memory: raise `perch:redisMemoryMiB`',
      last,
    ];
  }
  return [
    `${where}, free space if a disk is full: \`df -h\` and \`docker system df\` show it`,
    `Ask Redis for the reason: \`docker exec ${container} redis-cli INFO persistence\``,
    `Its data is in the volume at /data: \`docker inspect --format '{{json .Mounts}}' ${container}\``,
    last,
  ];
}
