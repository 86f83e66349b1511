import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareMoto } from '../../support/aws/moto.ts';
import { AwsEngine } from './support/aws/aws-engine.ts';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';
import type { RunBySteps } from './support/run.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine() ?? (await prepareMoto());
const small = { ...deployedStacks.aws.prod, hostCount: 1, stableCount: 1 };
const others = 'team@perch.internal';

/** Steps of an update that were about the identity of the sender. */
const toSender = ({ steps }: RunBySteps) =>
  steps.filter(({ type }) => type.endsWith(':EmailIdentity')).map(({ operation }) => operation);

describe('Senders of alert emails in an emulated AWS account', unless(reason), () => {
  let account: AwsEngine;
  let shop: Stack;
  let cart: Stack;

  beforeAll(async () => {
    account = await AwsEngine.start();
    shop = await emptyStack(account.engine, 'shop', small);
    cart = await emptyStack(account.engine, 'cart', { ...small, service: 'cart' });
    const Tags = [{ Key: 'owner', Value: 'someone else' }];
    await account.call('sesv2:CreateEmailIdentity', { EmailIdentity: others, Tags });
  });
  afterAll(() => account[Symbol.asyncDispose]());

  const identities = async () => {
    const { EmailIdentities } = await account.call('sesv2:ListEmailIdentities');
    return (EmailIdentities as { IdentityName: string }[])
      .map(({ IdentityName }) => IdentityName)
      .toSorted();
  };
  const both = [small.alertFrom, others].toSorted();

  test('the first stack creates its sender, and keeps it at the next update', async () => {
    const first = await shop.upBySteps();
    expect(first.output).not.toContain('error');
    expect(toSender(first)).toEqual(['create']);
    expect(toSender(await shop.upBySteps())).toEqual(['same']);
  });

  test('the stack of another service adopts the sender, and keeps it at the next update', async () => {
    const first = await cart.upBySteps();
    expect(first.output).not.toContain('error');
    expect(toSender(first)).toEqual(['import']);
    expect(toSender(await cart.upBySteps())).toEqual(['same']);
  });

  test("a stack that changes to someone else's sender adopts it and leaves both as they are", async () => {
    await cart.configure('alertFrom', others);
    const run = await cart.upBySteps();
    expect(run.output).not.toContain('error');
    expect(await identities()).toEqual(both);
    const { Tags } = await account.call('sesv2:GetEmailIdentity', { EmailIdentity: others });
    expect(Tags).toEqual([{ Key: 'owner', Value: 'someone else' }]);
  });

  test('a stack that is destroyed leaves the sender to the others', async () => {
    expect(await cart.destroy()).toSucceed();
    expect(await identities()).toEqual(both);
    expect(toSender(await shop.upBySteps())).toEqual(['same']);
  });

  test('a stack that was destroyed can go up again', async () => {
    const run = await cart.upBySteps();
    expect(run.output).not.toContain('error');
    expect(toSender(run)).toContain('import');
  });
});
