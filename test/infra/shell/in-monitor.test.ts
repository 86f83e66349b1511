import { expect, test } from 'vitest';
import { inMonitor, inMonitorWithInput } from '../../../infra/shell/in-monitor.ts';

test('a command quotes the words that a shell would read', () => {
  const script = inMonitor({ service: 'shop' }, ['member', 'reserve', "--version=v1; echo 'x'"]);
  expect(script).toContain(String.raw`perch member reserve '--version=v1; echo '\''x'\'''`);
});

test('a command has its environment, for an option that an older monitor may not know', () => {
  const environment = { PERCH_JUDGE_SECONDS: '10' };
  const words = ['member', 'activate'];
  expect(inMonitor({ service: 'shop' }, words, environment)).toContain(
    'docker exec --env PERCH_JUDGE_SECONDS=10 "$monitor" perch member activate',
  );
  expect(inMonitor({ service: 'blog', edgeService: 'shop' }, words, environment)).toContain(
    'docker exec --env PERCH_SERVICE=blog --env PERCH_JUDGE_SECONDS=10 "$monitor" perch member',
  );
});

test("a guest's command runs in a monitor of the edge service, about the guest", () => {
  const guest = { service: 'blog', edgeService: 'shop' };
  const script = inMonitorWithInput(guest, ['weight']);
  expect(script).toContain('label=perch.service=shop');
  expect(script).toContain('exec --interactive --env PERCH_SERVICE=blog "$monitor" perch weight');
  expect(inMonitor({ service: 'shop' }, ['weight'])).toContain(
    'docker exec "$monitor" perch weight',
  );
});
