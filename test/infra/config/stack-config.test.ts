import { describe, expect, test } from 'vitest';
import { schema } from '../../../infra/config/schema.ts';
import { parseConfig } from '../../../infra/config/stack-config.ts';
import { configProblems, secretKeys, valid } from '../../support/pulumi/config-problems.ts';
import { declaredKeys, rawConfig } from '../../support/pulumi/stack-config.ts';

const { aws, docker, server } = valid;

const parse = (values: Record<string, unknown>) => parseConfig(rawConfig(values), secretKeys);

test('Pulumi.yaml declares exactly the keys that the program reads', () => {
  const declared = Object.keys(declaredKeys()).map((full) => full.replace('perch:', ''));
  expect(declared).toEqual(Object.keys(schema));
});

test('every key in Pulumi.yaml has a type and a description', () => {
  for (const [key, { type, description }] of Object.entries(declaredKeys())) {
    expect([key, typeof type, typeof description]).toEqual([key, 'string', 'string']);
  }
});

describe('A valid configuration', () => {
  test('a configuration for target docker needs only role and target', () => {
    const config = parse(docker);
    expect(config).toMatchObject({ role: 'local', target: 'docker', stableCount: 2 });
    expect(config.image).toBeUndefined();
    expect(config.canaryWeight).toBe(10);
  });

  test('a parsed configuration is frozen', () => {
    expect(Object.isFrozen(parse(docker))).toBe(true);
  });

  test.each([
    ['aws', aws],
    ['server', server],
    ['digitalocean', { ...aws, target: 'digitalocean', region: 'fra1' }],
    ['a canary', { ...aws, role: 'canary', prodStack: 'organization/perch/prod' }],
  ])('a valid configuration is accepted for %s', (_name, values) => {
    expect(configProblems(values)).toEqual([]);
  });

  test('maps go from text to text, however YAML wrote the values', () => {
    expect(parse({ ...docker, environment: { PORT: 80, DEBUG: true } }).environment).toEqual({
      PORT: '80',
      DEBUG: 'true',
    });
  });

  test('the ssh port of a server is 22 by default', () => {
    expect(parse(server).servers[0]?.port).toBe(22);
  });

  test('keys of other namespaces are ignored', () => {
    const raw = { ...rawConfig(docker), 'aws:region': 'eu-central-1' };
    expect(parseConfig(raw, secretKeys).role).toBe('local');
  });
});

describe('A wrong value', () => {
  test.each([
    [{ role: 'staging' }, 'perch:role must be one of prod, canary, local, got "staging"'],
    [
      { canaryWeight: 101 },
      'perch:canaryWeight must be from 0 to 100 with two decimals at most, got "101"',
    ],
    [
      { canaryWeight: 25.123 },
      'perch:canaryWeight must be from 0 to 100 with two decimals at most, got "25.123"',
    ],
    [{ stableCount: 0 }, 'perch:stableCount must be a whole number from 1 to 500, got "0"'],
    [{ stableCount: 'two' }, 'perch:stableCount must be a whole number from 1 to 500, got "two"'],
    [{ swapAtOnce: 5 }, 'perch:swapAtOnce must be a whole number from 1 to 4, got "5"'],
    [
      { swapJudgeSeconds: -1 },
      'perch:swapJudgeSeconds must be a whole number from 0 to 3600, got "-1"',
    ],
    [
      { image: 'app:latest' },
      'perch:image must be an image with its digest, name@sha256:<64 hex digits> (on target docker also its id), got "app:latest"',
    ],
    [
      { healthHost: 'shop.perch.internal:65536' },
      'perch:healthHost must be a host name or an IPv4 address, with a port if it needs one, got "shop.perch.internal:65536"',
    ],
    [
      { healthHost: "a'b" },
      'perch:healthHost must be a host name or an IPv4 address, with a port if it needs one, got "a\'b"',
    ],
    [{ healthPath: 'up' }, 'perch:healthPath must begin with /, without spaces, got "up"'],
    [{ alertTo: 'me' }, 'perch:alertTo must be a list, got "me"'],
    [
      { environment: { PERCH_TRACK: 'x' } },
      'perch:environment.PERCH_TRACK must have names of letters, digits and underscores that do not begin with PERCH_',
    ],
    [
      { sshCidrs: ['1.2.3.4'] },
      'perch:sshCidrs.0 must be an IPv4 or IPv6 network, address/bits, got "1.2.3.4"',
    ],
    [
      { sshCidrs: ['1.2.3.4/33'] },
      'perch:sshCidrs.0 must be an IPv4 or IPv6 network, address/bits, got "1.2.3.4/33"',
    ],
    [
      { canaryWieght: 5 },
      'perch:canaryWieght is not a key of this project; did you mean canaryWeight?',
    ],
    [{ colour: 5 }, 'perch:colour is not a key of this project'],
  ])('a configuration with %j is refused with key, rule and value', (values, expected) => {
    expect(configProblems({ ...docker, ...values })).toEqual([expected]);
  });
});

test('a threshold of an unknown monitor rule is refused with a suggestion', () => {
  const thresholds = { hostDskPercent: 80, containerMemMb: { threshold: 400 }, custom: [] };
  expect(configProblems({ ...docker, thresholds })).toEqual([
    'perch:thresholds.hostDskPercent is not a monitor rule; did you mean hostDiskPercent?',
    'perch:thresholds.containerMemMb is not a monitor rule; did you mean containerMemoryMb?',
  ]);
  expect(parse({ ...docker, thresholds: { hostDiskPercent: 80 } }).thresholds).toEqual({
    hostDiskPercent: 80,
  });
});

test('a configuration reports all problems at once: values, unknown keys, combinations, plain secrets', () => {
  const found = configProblems(
    { ...aws, role: 'canary', canaryWeight: 101, colour: 1, appPort: 0, memoryCapMiB: 20 },
    new Set(),
  );
  expect(new Set(found.map((problem) => problem.split(' ')[0]))).toEqual(
    new Set([
      'perch:appPort',
      'perch:canaryWeight',
      'perch:colour',
      'perch:memoryCapMiB',
      'perch:prodStack',
      'perch:sshPrivateKey',
    ]),
  );
});

test('a missing key is reported as not set', () => {
  expect(configProblems({ target: 'docker' })).toEqual(['perch:role must be set']);
});

describe('A secret', () => {
  test('a secret that is not encrypted is refused without showing its value', () => {
    const found = configProblems(
      { ...docker, webhookUrl: 'https://perch.internal/hush' },
      new Set(),
    );
    expect(found).toEqual([
      'perch:webhookUrl must be encrypted: set it with pulumi config set --secret',
    ]);
  });

  test('a secret with a wrong value is refused without showing the value', () => {
    const found = configProblems({ ...docker, webhookUrl: 'http://hush.perch.internal' });
    expect(found).toEqual(['perch:webhookUrl must be an https URL (its value is not shown)']);
  });
});
