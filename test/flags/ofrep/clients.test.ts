import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { describe, expect } from 'vitest';
import { preparePython, pythonOf } from '../../support/python.ts';
import { unless } from '../../support/skip.ts';
import { on, onOff } from '../fixtures.ts';
import { test as base } from './support/fixtures.ts';

/** A flags server with flags for the official clients. */
const test = base.extend('stored', async ({ store, serve }) => {
  await store.set('new_feature', { ...on, metadata: { owner: 'checkout' } });
  await store.set('beta', {
    ...onOff,
    targeting: { if: [{ '==': [{ var: 'targetingKey' }, 'user-1'] }, 'on', null] },
  });
  await store.set('limit', { state: 'ENABLED', variants: { low: 10 }, defaultVariant: 'low' });
  await store.set('off', { ...on, state: 'DISABLED' });
  return await serve();
});

test("OpenFeature's own client for Node evaluates flags by the flags server", async ({
  stored,
}) => {
  const domain = 'ofrep';
  await OpenFeature.setProviderAndWait(domain, new OFREPProvider({ baseUrl: stored.origin }));
  const client = OpenFeature.getClient(domain);
  const user = { targetingKey: 'user-1' };
  expect(await client.getBooleanDetails('new_feature', false, user)).toMatchObject({
    value: true,
    variant: 'on',
    reason: 'STATIC',
    flagMetadata: { owner: 'checkout' },
  });
  expect(await client.getBooleanDetails('beta', false, user)).toMatchObject({
    value: true,
    reason: 'TARGETING_MATCH',
  });
  expect(await client.getBooleanDetails('beta', true)).toMatchObject({
    value: false,
    reason: 'DEFAULT',
  });
  expect(await client.getNumberDetails('limit', 1, user)).toMatchObject({ value: 10 });
  expect(await client.getStringDetails('limit', 'none', user)).toMatchObject({
    value: 'none',
    errorCode: 'TYPE_MISMATCH',
  });
  expect(await client.getBooleanDetails('unknown', true, user)).toMatchObject({
    value: true,
    errorCode: 'FLAG_NOT_FOUND',
  });
  // This release of the client takes a response without a value for an error.
  expect(await client.getBooleanValue('off', false, user)).toBe(false);
});

const environment = 'openfeature-provider-ofrep-0.3.0';
const reason = await preparePython(environment, 'openfeature-provider-ofrep==0.3.0');

const program = `
import json, sys
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

api.set_provider(OFREPProvider(sys.argv[1]))
client = api.get_client()
user = EvaluationContext("user-1", {"track": "stable"})
for details in [
    client.get_boolean_details("new_feature", False, user),
    client.get_boolean_details("beta", False, user),
    client.get_boolean_details("beta", True),
    client.get_integer_details("limit", 1, user),
    client.get_string_details("limit", "none", user),
    client.get_boolean_details("unknown", True, user),
    client.get_boolean_details("off", False, user),
]:
    print(json.dumps([details.value, details.variant, details.reason, details.error_code]))
`;

describe('The client for Python', unless(reason), () => {
  test("OpenFeature's own client for Python evaluates flags by the flags server", async ({
    stored,
  }) => {
    const run = promisify(execFile);
    const { stdout } = await run(pythonOf(environment), ['-c', program, stored.origin]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      [true, 'on', 'STATIC', null],
      [true, 'on', 'TARGETING_MATCH', null],
      [false, 'off', 'DEFAULT', null],
      [10, 'low', 'STATIC', null],
      ['none', null, 'ERROR', 'TYPE_MISMATCH'],
      [true, null, 'ERROR', 'FLAG_NOT_FOUND'],
      [false, '', 'DISABLED', null],
    ]);
  });
});
