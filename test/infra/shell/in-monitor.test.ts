import { expect, test } from 'vitest';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';

test('a script quotes the words of a command that a shell would interpret', () => {
  const script = inMonitor('shop', ['member', 'reserve', "--version=v1; echo 'x'"]);
  expect(script).toContain(String.raw`perch member reserve '--version=v1; echo '\''x'\'''`);
});
