import { expect, test, vi } from 'vitest';
import { notify } from '../../../infra/deploy/notify.ts';

const notification = { stack: 'prod', summary: 'it failed', actions: ['rolled back'] };

test('the team is notified through an option that a monitor of release 0.1 knows too', async () => {
  const commands: (readonly string[])[] = [];
  using log = vi.spyOn(console, 'log').mockReturnValue();
  await notify(async (words) => {
    commands.push(words);
    return 'email: sent\nsms: sent\n';
  }, notification);
  expect(commands).toEqual([
    [
      'notify',
      '--rule=deployment-failed',
      '--subject=prod',
      '--headline=it failed',
      '--action',
      'rolled back',
    ],
  ]);
  expect(log.mock.calls).toEqual([['deploy: notified: email: sent; sms: sent']]);
});

test('a notification that is not delivered does not replace the failure of the deployment', async () => {
  using error = vi.spyOn(console, 'error').mockReturnValue();
  await notify(async () => {
    throw new Error('no healthy monitor');
  }, notification);
  expect(error.mock.calls).toEqual([
    ['deploy: some notifications were not delivered: no healthy monitor'],
  ]);
});
