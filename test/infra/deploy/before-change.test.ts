import { expect, test } from 'vitest';
import { beforeChange } from '../../../infra/deploy/before-change.ts';
import { PerchError } from '../../../runtime/contract/perch-error.ts';

test('a step before every change that fails in Pulumi says why, and that nothing was changed', async () => {
  const failure = new Error('code: 255\n stdout: \n stderr: error: incorrect passphrase');
  await expect(beforeChange(() => Promise.reject(failure))).rejects.toMatchObject({
    code: 'process_failed',
    message: 'nothing was changed: incorrect passphrase',
  });
});

test('a step before every change that fails in another program says so too', async () => {
  const failure = new PerchError('process_failed', 'no healthy monitor of service shop');
  await expect(beforeChange(() => Promise.reject(failure))).rejects.toMatchObject({
    code: 'process_failed',
    message: 'nothing was changed: no healthy monitor of service shop',
  });
});

test('a step before every change passes its result and its own errors on', async () => {
  expect(await beforeChange(() => Promise.resolve(1))).toBe(1);
  const error = new PerchError('conflict', 'stack prod is locked');
  await expect(beforeChange(() => Promise.reject(error))).rejects.toBe(error);
});
