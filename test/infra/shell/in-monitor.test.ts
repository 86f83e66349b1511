import { expect, test } from 'vitest';
import { inMonitor, inMonitorWithInput } from '../../../infra/shell/in-monitor.ts';

test('a command quotes the words that a shell would read', () => {
  const script = inMonitor({ service: 'shop' }, ['member', 'reserve', "--version=v1; echo 'x'"]);
  expect(script).toContain(String.raw`perch member reserve '--version=v1; echo '\''x'\'''`);
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
