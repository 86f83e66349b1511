import { expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import { lifecyclePolicy } from '../../../../infra/targets/aws/registry.ts';
import { composed } from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

/** Users with which the engines of the hosts log in to a registry. */
async function logins(values: Record<string, unknown>): Promise<string[]> {
  const made = await composed(() => makeProd(configFor('aws', values)));
  return made
    .filter(({ type }) => type === 'pulumi:providers:docker')
    .map(({ inputs }) => JSON.stringify(inputs['registryAuth'] ?? 'none'));
}

test('an ECR repository keeps the newest images', () => {
  expect(lifecyclePolicy(20).rules[0]?.selection).toEqual({
    tagStatus: 'any',
    countType: 'imageCountMoreThan',
    countNumber: 20,
  });
});

test('a configured registry of ECR without a login gets a new one at each update', async () => {
  const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team';
  for (const login of await logins({ registry })) {
    expect(login).toContain('AWS');
    expect(login).toContain('123456789012.dkr.ecr.eu-west-1.amazonaws.com');
  }
});

test('another configured registry without a login gets none', async () => {
  expect(new Set(await logins({ registry: 'registry.perch.internal/team' }))).toEqual(
    new Set(['"none"']),
  );
});
