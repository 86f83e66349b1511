import { expect } from 'vitest';
import { ProxyReports, type ProxyReport } from '../../runtime/store/release/proxy-reports.ts';
import { test as base } from '../support/fixtures.ts';
import { StagedRelease } from '../support/judge/monitor.ts';
import { writeLastingReport } from '../support/lasting-report.ts';
import { perch, type Ended } from '../support/processes/perch.ts';
import { startRedis, type TestRedis } from '../support/redis/redis-server.ts';

/**
 * Tests of `perch` commands. Their Redis has the password `the-secret`, which no command may print.
 * - `environment`: variables of a command for the service shop.
 * - `run`: runs a command to its end.
 * - `runDeployed`: runs a command as deployments do, in a container of a host.
 * - `withInput`: runs a command with a value on stdin, as JSON unless it is a text.
 * - `json`: runs a command with `--json` and returns what it printed, which must be one line.
 * - `reports`: the reports of proxies.
 * - `reportForLong`: writes a report that does not expire while commands start.
 * - `staged`: a release with two stable members and a canary at weight 25.
 */
export const test = base
  .extend('sharedServer', { scope: 'file' }, async ({}, { onCleanup }): Promise<TestRedis> => {
    const server = await startRedis({ password: 'the-secret' });
    onCleanup(() => server[Symbol.asyncDispose]());
    return server;
  })
  .extend('environment', ({ sharedServer }) => ({
    PERCH_SERVICE: 'shop',
    PERCH_REDIS_URL: sharedServer.url,
  }))
  .extend('run', ({ environment, redis: _empty }) => {
    return (...args: string[]): Promise<Ended> => perch(args, environment);
  })
  .extend('runDeployed', ({ environment, redis: _empty }) => {
    return (...args: string[]): Promise<Ended> =>
      perch(args, { ...environment, PERCH_HOST: 'web-1' });
  })
  .extend('withInput', ({ environment, redis: _empty }) => {
    return (value: unknown, ...args: string[]): Promise<Ended> =>
      perch(args, environment, {
        stdin: typeof value === 'string' ? value : JSON.stringify(value),
      });
  })
  .extend('json', ({ run }) => async (...args: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await run(...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd()).not.toContain('\n');
    return JSON.parse(stdout);
  })
  .extend('reports', ({ redis }) => new ProxyReports(redis, 'shop'))
  .extend('reportForLong', ({ redis }) => async (overrides: Partial<ProxyReport>) => {
    await writeLastingReport(redis, 'shop', report(overrides));
  })
  .extend('staged', async ({ redis }) => {
    const staged = new StagedRelease(redis, 'shop');
    await staged.stage();
    return staged;
  });

/** Arguments of `perch` that reserve a member. */
export function reserve(id: string, track = 'stable'): string[] {
  const where = ['--host', 'web-1', '--address', '10.0.0.5'];
  return ['member', 'reserve', '--id', id, '--track', track, '--version', '1.4.2', ...where];
}

/** Report of a proxy that knows no member. */
export function report(overrides: Partial<ProxyReport>): ProxyReport {
  return {
    id: 'proxy-1',
    generation: 0,
    condition: 'fresh',
    inFlight: {},
    memberHealth: {},
    ...overrides,
  };
}
