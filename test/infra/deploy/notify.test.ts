import { expect, test, vi } from 'vitest';
import { notify } from '../../../infra/deploy/notify.ts';

const notification = {
  stack: 'prod',
  summary: 'it failed',
  actions: ['rolled back'],
  logs: [] as string[],
};
const log = 'container stable-0 on web-1, Restarting (1); its last log lines:\n  no database';

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

test('a stack without channels is said to notify nobody', async () => {
  using error = vi.spyOn(console, 'error').mockReturnValue();
  await notify(async () => {
    throw new Error('perch: the configuration must contain email, sms or webhook');
  }, notification);
  expect(error.mock.calls).toEqual([
    ['deploy: nobody was notified: neither email, SMS nor a webhook is configured'],
  ]);
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

test('the logs of failed containers are sent too, but a monitor that does not know them is asked again without', async () => {
  using printed = vi.spyOn(console, 'log').mockReturnValue();
  const commands: (readonly string[])[] = [];
  await notify(
    async (words) => {
      commands.push(words);
      if (commands.length === 1) throw new Error("perch: unknown option '--log'");
      return 'email: sent\n';
    },
    { ...notification, logs: [log] },
  );
  expect(commands[0]?.slice(-2)).toEqual(['--log', log]);
  expect(commands[1]).toEqual(commands[0]?.slice(0, -2));
  expect(printed.mock.calls).toEqual([['deploy: notified: email: sent']]);
});
