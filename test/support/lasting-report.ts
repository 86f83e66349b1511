import type { Redis } from 'ioredis';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { ProxyReports, type ProxyReport } from '../../runtime/store/release/proxy-reports.ts';

/**
 * Writes the report of a proxy that goes on reporting the same: it does not expire while a test on a busy
 * machine takes longer than a report lives.
 */
export async function writeLastingReport(
  redis: Redis,
  service: string,
  report: ProxyReport,
): Promise<void> {
  await new ProxyReports(redis, service).write(report);
  await redis.persist(redisKeys(service).proxy(report.id));
}
