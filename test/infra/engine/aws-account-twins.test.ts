import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareMoto } from '../../support/aws/moto.ts';
import { AwsEngine } from './support/aws/aws-engine.ts';
import { inventory } from './support/aws/inventory.ts';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine() ?? (await prepareMoto());
const small = { ...deployedStacks.aws.prod, hostCount: 1, stableCount: 1 };
const sender = `EmailIdentities ${small.alertFrom}`;

describe(
  'Two prod stacks of one service in one region of an emulated AWS account',
  unless(reason),
  () => {
    let account: AwsEngine;
    let blue: Stack;
    let green: Stack;
    let empty: readonly string[];
    let ofBlue: readonly string[];

    beforeAll(async () => {
      account = await AwsEngine.start();
      empty = await inventory(account);
      blue = await emptyStack(account.engine, 'blue', small);
      green = await emptyStack(account.engine, 'green', small);
    });
    afterAll(() => account[Symbol.asyncDispose]());

    const named = async () =>
      (await inventory(account)).filter((one) =>
        /^(MetricAlarms|DashboardEntries|repositories) /.test(one),
      );

    test('each makes alarms, a dashboard and repositories of its own', async () => {
      const first = await blue.up();
      expect(first.output).not.toContain('error');
      ofBlue = await named();
      const second = await green.up();
      expect(second.output).not.toContain('error');
      expect(second).toSucceed();
      const ofBoth = await named();
      expect(ofBoth).toEqual(expect.arrayContaining([...ofBlue]));
      expect(ofBoth).toHaveLength(2 * ofBlue.length);
    });

    test('one that is destroyed leaves those of the other', async () => {
      expect(await green.destroy()).toSucceed();
      expect(await named()).toEqual(ofBlue);
      expect(await blue.destroy()).toSucceed();
      expect(await inventory(account)).toEqual([...empty, sender].toSorted());
    });
  },
);
