import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { loopback } from '../loopback.ts';
import { until } from '../until.ts';
import { httpGet } from './http-get.ts';
import type { Perch } from './perch-command.ts';

export interface RunningProxyPlan {
  readonly port: number;
  readonly adminPort: number;
  readonly workers: number;
  /** True if a monitor runs. */
  readonly isJudged: boolean;
  /** Folder for its last good document. */
  readonly folder: string;
}

const readinessSchema = z.object({
  ready: z.boolean(),
  generation: z.int(),
  condition: z.string(),
});

/** Response of the proxy's `/readyz`. */
export type Readiness = z.infer<typeof readinessSchema>;

/** Proxy that all requests go through. */
export class RunningProxy {
  readonly port: number;
  readonly workers: number;
  readonly adminUrl: string;

  private constructor({ port, adminPort, workers }: RunningProxyPlan) {
    this.port = port;
    this.workers = workers;
    this.adminUrl = `http://${loopback}:${adminPort}`;
  }

  static async start(perch: Perch, plan: RunningProxyPlan): Promise<RunningProxy> {
    const stateFolder = join(plan.folder, 'proxy');
    await mkdir(stateFolder, { mode: 0o700 });
    await perch.start('proxy', [
      'proxy',
      '--listen',
      `${loopback}:${plan.port}`,
      '--admin',
      `${loopback}:${plan.adminPort}`,
      '--workers',
      String(plan.workers),
      '--state-dir',
      stateFolder,
      // Without a monitor on purpose, the canary keeps its share.
      ...(plan.isJudged ? [] : ['--unjudged-after', '0']),
    ]);
    const proxy = new RunningProxy(plan);
    await until('the proxy to start', async () => (await proxy.readiness()) !== undefined);
    return proxy;
  }

  /** Undefined while the proxy does not respond. */
  async readiness(): Promise<Readiness | undefined> {
    const response = await httpGet(`${this.adminUrl}/readyz`);
    return response === undefined ? undefined : readinessSchema.parse(JSON.parse(response.body));
  }

  /** Waits until every worker applies this generation. */
  async untilApplied(generation: number): Promise<void> {
    await until(`the proxy to apply generation ${generation}`, async () => {
      const now = await this.readiness();
      return now !== undefined && now.ready && now.generation >= generation;
    });
  }
}
