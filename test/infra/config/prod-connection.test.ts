import { expect, test } from 'vitest';
import {
  connectionSchema,
  controlsOf,
  deprecatedConnection,
} from '../../../infra/config/prod-connection.ts';

const control = { host: '198.51.100.1', port: 22, user: 'perch', hostKey: 'ssh-ed25519 AAAA' };
const network = { vpcId: 'vpc-1', registry: 'registry.example.com' };
const common = { service: 'shop', target: 'aws', control, redisUrl: 'redis://:password@10.0.0.1' };

test('the output joint of release 0.1 gives the same connection as the output connection', () => {
  const joint = { ...common, neighbourhood: network };
  expect(connectionSchema.parse(joint)).toEqual({ ...common, network });
  expect(connectionSchema.parse({ ...common, network })).toEqual({ ...common, network });
});

test('the output joint is written in the form that release 0.1 reads', () => {
  expect(deprecatedConnection({ ...common, network })).toEqual({
    ...common,
    neighbourhood: network,
  });
});

test('a connection without a network is refused', () => {
  expect(connectionSchema.safeParse(common).success).toBe(false);
});

test('the control host is read from either output, and there is none without an output', () => {
  expect(controlsOf({ connection: { value: { ...common, network } } })).toEqual([control]);
  expect(controlsOf({ joint: { value: { ...common, neighbourhood: network } } })).toEqual([
    control,
  ]);
  expect(controlsOf({})).toEqual([]);
  expect(() => controlsOf({ connection: { value: { service: 'shop' } } })).toThrow('control');
});
