import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootstrapScript } from '../../../infra/hosts/bootstrap.ts';
import { sshBounds } from '../../../infra/hosts/ssh-bounds.ts';
import { PreparedMachine } from './support/prepared-machine.ts';

const file = 'etc/ssh/sshd_config.d/20-perch.conf';

let machine: PreparedMachine;

beforeEach(() => {
  machine = new PreparedMachine();
});
afterEach(() => machine[Symbol.dispose]());

const reloads = () => (machine.read('systemctl') ?? '').match(/reload-or-restart ssh$/gm)?.length;

test('sshd gets the bounds once, and reads its configuration again', () => {
  expect(machine.run(bootstrapScript).stderr).toBe('');
  expect(machine.read(file)).toBe(sshBounds);
  expect(machine.run(bootstrapScript).stderr).toBe('');
  expect(reloads()).toBe(1);
});

test('bounds that sshd refuses are removed again, and only told', () => {
  machine.programs.addFailing('sshd', 'Bad configuration option');
  const { status, stderr } = machine.run(bootstrapScript);
  expect(status).toBe(0);
  expect(stderr).toContain('warning: sshd refuses some of many logins at once; set MaxStartups');
  expect(machine.read(file)).toBeUndefined();
  expect(reloads()).toBeUndefined();
});
