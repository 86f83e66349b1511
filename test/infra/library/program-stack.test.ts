import * as pulumi from '@pulumi/pulumi';
import { afterEach, expect, test, vi } from 'vitest';
import { programStack, type DescribedStack } from '../../../infra/library/program-stack.ts';
import type { StackArgs } from '../../../infra/library/stack-args.ts';

afterEach(() => {
  pulumi.runtime.setAllConfig({});
  vi.unstubAllEnvs();
});

const docker: StackArgs = { target: 'docker', httpPort: 8080 };

function described(args: StackArgs, more: Partial<DescribedStack> = {}) {
  return programStack({ name: 'shop', roles: ['prod', 'local'], args, ...more });
}

test('a program needs no configuration: the name is the service, and keys have their defaults', () => {
  const { config, settings } = described(docker);
  expect(config).toMatchObject({
    role: 'prod',
    target: 'docker',
    service: 'shop',
    httpPort: 8080,
    stableCount: 2,
    healthPath: '/healthz',
    disks: ['/'],
  });
  expect(settings).toEqual({ role: 'prod', target: 'docker', httpPort: '8080' });
});

test("the stack's configuration wins over the program", () => {
  pulumi.runtime.setAllConfig({
    'perch:httpPort': '9090',
    'perch:service': 'blog',
    'perch:role': 'local',
    'shop:other': 'x',
  });
  expect(described(docker).config).toMatchObject({
    role: 'local',
    service: 'blog',
    httpPort: 9090,
  });
});

test('a value that a program leaves undefined has the default', () => {
  expect(described({ ...docker, stableCount: undefined }).config.stableCount).toBe(2);
});

test('lists, maps and booleans of a program are those of the configuration', () => {
  const steps = [{ weight: 10, minutes: 5 }];
  const workers = { mail: { command: ['node', 'mail.js'] } };
  const { config } = described({ ...docker, steps, workers, flagEndpoint: true });
  expect(config).toMatchObject({ steps, flagEndpoint: true });
  expect(config.workers['mail']).toEqual({
    command: ['node', 'mail.js'],
    count: 1,
    memoryMiB: 256,
    stopSeconds: 30,
    onCanary: false,
  });
});

test('outputs of other resources get into the environment, beside what the stack configures', () => {
  const bucket = pulumi.output('uploads');
  pulumi.runtime.setAllConfig({ 'perch:environment': '{"LOG_LEVEL":"info","MODE":"b"}' });
  const { config, settings } = described({
    ...docker,
    environment: { BUCKET: bucket, MODE: 'a' },
    secretEnvironment: { TOKEN: 'of the program' },
  });
  expect(config.environment).toEqual({ BUCKET: bucket, MODE: 'b', LOG_LEVEL: 'info' });
  expect(config.secretEnvironment).toEqual({ TOKEN: 'of the program' });
  expect(settings).not.toHaveProperty('environment');
  expect(JSON.stringify(settings)).not.toContain('of the program');
});

test('secrets of the program and of the stack stand side by side', () => {
  vi.stubEnv('PULUMI_CONFIG_SECRET_KEYS', '["perch:secretEnvironment"]');
  pulumi.runtime.setAllConfig({ 'perch:secretEnvironment': '{"KEY":"of the stack"}' });
  const { config } = described({ ...docker, secretEnvironment: { TOKEN: 'x' } });
  expect(config.secretEnvironment).toEqual({ KEY: 'of the stack', TOKEN: 'x' });
});

test('a secret of the stack in the clear is refused, also beside those of the program', () => {
  pulumi.runtime.setAllConfig({ 'perch:secretEnvironment': '{"KEY":"open"}' });
  expect(() => described({ ...docker, secretEnvironment: { TOKEN: 'x' } })).toThrow(
    'perch:secretEnvironment must be encrypted',
  );
});

test('everything that is wrong is refused at once, wherever it stands', () => {
  pulumi.runtime.setAllConfig({ 'perch:stableCount': '0', 'perch:stabelCount': '1' });
  const wrong = { ...docker, appPort: 70_000, environment: { PERCH_HOST: pulumi.output('x') } };
  expect(() => described(wrong)).toThrow(pulumi.RunError);
  expect(() => described(wrong)).toThrow(
    /appPort must be .* got "70000"\n.*begin with PERCH_\n.*stableCount must be .*\n.*stabelCount is not a key/,
  );
});

test('a role that a program does not make is refused', () => {
  pulumi.runtime.setAllConfig({ 'perch:role': 'local' });
  expect(() => described(docker, { roles: ['canary'] })).toThrow(
    'perch:role must be canary in this program, got local',
  );
});

test('a secret key of the program is refused, and is in no output', () => {
  const wrong: object = { ...docker, webhookUrl: 'https://hooks.perch.internal/secret' };
  expect(() => described(wrong)).toThrow('perch:webhookUrl must be encrypted');
  vi.stubEnv('PULUMI_CONFIG_SECRET_KEYS', '["perch:webhookUrl"]');
  pulumi.runtime.setAllConfig({ 'perch:webhookUrl': 'https://hooks.perch.internal/own' });
  const { config, settings } = described(wrong);
  expect(config.webhookUrl).toBe('https://hooks.perch.internal/own');
  expect(settings).not.toHaveProperty('webhookUrl');
});
