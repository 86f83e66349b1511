import { expect, test } from 'vitest';
import { lifecyclePolicy } from '../../../../infra/targets/aws/registry.ts';

test('an ECR repository keeps the newest images', () => {
  expect(lifecyclePolicy(20).rules[0]?.selection).toEqual({
    tagStatus: 'any',
    countType: 'imageCountMoreThan',
    countNumber: 20,
  });
});
