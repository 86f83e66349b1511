import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from '../support/fixtures.ts';
import { SesEmulator } from '../support/aws/ses-emulator.ts';

/** Tests of `perch` processes of host-1 that deliver to an emulator of SES. */
export const test = base
  .extend('sharedSes', { scope: 'file' }, async ({}, { onCleanup }): Promise<SesEmulator> => {
    const ses = await SesEmulator.start();
    onCleanup(() => ses[Symbol.asyncDispose]());
    return ses;
  })
  .extend('ses', async ({ sharedSes }): Promise<SesEmulator> => {
    await fetch(`${sharedSes.endpoint}/clear-store`, { method: 'POST' });
    return sharedSes;
  })
  .extend('folder', async ({}, { onCleanup }): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'perch-monitor-'));
    onCleanup(() => rm(folder, { recursive: true, force: true }));
    return folder;
  })
  .extend('environment', ({ sharedServer, ses }) => environmentOf(sharedServer.url, ses.endpoint));

function environmentOf(redisUrl: string, endpoint: string): Record<string, string> {
  return {
    PERCH_SERVICE: 'shop',
    PERCH_HOST: 'host-1',
    PERCH_REDIS_URL: redisUrl,
    AWS_ACCESS_KEY_ID: 'emulator',
    AWS_SECRET_ACCESS_KEY: 'emulator',
    PERCH_MONITOR_CONFIG: JSON.stringify({
      disks: [],
      rules: { hostMemoryPercent: false, hostCpuPercent: false },
      email: {
        from: 'perch@example.com',
        to: ['ops@example.com'],
        region: 'eu-central-1',
        endpoint,
      },
    }),
  };
}
