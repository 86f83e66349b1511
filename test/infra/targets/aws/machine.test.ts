import { expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import { composed, inputsOf } from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

test('every EC2 instance requires IMDSv2, hides it from containers and encrypts its disk', async () => {
  const machines = inputsOf(await composed(() => makeProd(configFor('aws'))), 'Instance');
  expect(machines).toHaveLength(2);
  for (const machine of machines) {
    expect(machine['metadataOptions']).toMatchObject({
      httpTokens: 'required',
      httpPutResponseHopLimit: 1,
    });
    expect(machine['rootBlockDevice']).toMatchObject({ encrypted: true });
  }
});
