import { expect, test } from 'vitest';
import { firstControl } from '../../../infra/operator/first-control.ts';
import { PerchError } from '../../../runtime/contract/perch-error.ts';

const control = (host: string) => ({ host, user: 'perch', port: 22, hostKey: '', privateKey: '' });
const controls = [control('10.0.0.1'), control('10.0.0.2')];
const stack = {
  name: 'prod',
  service: 'shop',
  edgeService: 'shop',
  hosts: [],
  controls,
  outputs: {},
  config: {},
};

const refuse = (rule: string) => new PerchError('process_failed', rule);

test('the second control host answers if the first does not', async () => {
  const answer = await firstControl({ stack }, async (address) => {
    if (address?.host === '10.0.0.1') throw refuse('connection refused');
    return address?.host;
  });
  expect(answer).toBe('10.0.0.2');
});

test('without a control host, this machine is asked', async () => {
  const answer = await firstControl({ stack: { ...stack, controls: [] } }, async (address) =>
    address === undefined ? 'this machine' : 'a host',
  );
  expect(answer).toBe('this machine');
});

test('the failure is that of the first host, and names it', async () => {
  const failing = firstControl({ stack }, async () => {
    throw refuse('the monitor does not run');
  });
  await expect(failing).rejects.toThrow(refuse('10.0.0.1: the monitor does not run'));
});

test('no further host is asked after a failure that it would have too', async () => {
  const asked: unknown[] = [];
  const failing = firstControl(
    { stack },
    async (address) => {
      asked.push(address?.host);
      throw refuse('no such command');
    },
    () => false,
  );
  await expect(failing).rejects.toThrow('no such command');
  expect(asked).toEqual(['10.0.0.1']);
});
