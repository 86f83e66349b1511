import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareMoto } from '../../support/aws/moto.ts';
import { AwsEngine } from './support/aws/aws-engine.ts';
import { inventory } from './support/aws/inventory.ts';
import { refusedCalls } from './support/aws/policy.ts';
import {
  balancerGroups,
  groupsDescribed,
  machineGroups,
  SecurityRules,
} from './support/aws/reach.ts';
import { deployedStacks, emptyStack } from './support/deployed-stacks.ts';
import { type Stack } from './support/engine.ts';
import { whyNoEngine } from './support/plugins.ts';
import { unless } from '../../support/skip.ts';

const reason = whyNoEngine() ?? (await prepareMoto());
const { grown } = deployedStacks.aws;
const other = 'www.perch.internal';

describe(
  'A stack with two proxies, a domain and managed Redis in an emulated AWS account',
  unless(reason),
  () => {
    let account: AwsEngine;
    let empty: readonly string[];
    let prod: Stack;

    beforeAll(async () => {
      account = await AwsEngine.start();
      const zone = { Name: 'perch.internal', CallerReference: 'test' };
      await account.call('route53:CreateHostedZone', zone);
      empty = await inventory(account);
      prod = await emptyStack(account.engine, 'prod', grown);
    });
    afterAll(() => account[Symbol.asyncDispose]());

    test('AWS takes everything that the stack registers', async () => {
      const run = await prod.up();
      expect(run.output).not.toContain('error');
      expect(run).toSucceed();
    });

    test('clients reach the load balancer, it reaches the proxies, and nobody else does', async () => {
      const rules = await SecurityRules.read(account);
      const balancer = await balancerGroups(account);
      const machines = await machineGroups(account);
      expect([...machines.keys()].toSorted()).toEqual(['shop-prod-0', 'shop-prod-1']);
      expect([80, 443].map((port) => rules.allow('everyone', balancer, port))).toEqual([
        true,
        true,
      ]);
      for (const groups of machines.values()) {
        expect(rules.allow(balancer, groups, 80)).toBe(true);
        expect(rules.allow('everyone', groups, 80)).toBe(false);
        expect(rules.allow(balancer, groups, 6379)).toBe(false);
      }
    });

    test('hosts reach managed Redis, and nobody else does', async () => {
      const rules = await SecurityRules.read(account);
      const cache = await groupsDescribed(account, 'Redis of a Perch service, for its hosts only');
      expect(cache).toHaveLength(1);
      for (const groups of (await machineGroups(account)).values()) {
        expect(rules.allow(groups, cache, 6379)).toBe(true);
      }
      expect(rules.allow('everyone', cache, 6379)).toBe(false);
    });

    test('an update without a change makes nothing', async () => {
      const run = await prod.up();
      expect(run.output).not.toContain('error');
      expect(run.operations).toEqual([]);
    });

    test('the load balancer gets a certificate for a second host, and both have their records', async () => {
      await prod.must(['config', 'rm', '--stack', 'prod', 'perch:domain']);
      await prod.must([
        'config',
        'set',
        '--stack',
        'prod',
        '--path',
        'perch:hosts[0]',
        grown.domain,
      ]);
      await prod.must(['config', 'set', '--stack', 'prod', '--path', 'perch:hosts[1]', other]);
      const run = await prod.up();
      expect(run.output).not.toContain('error');
      expect(run).toSucceed();
      const { CertificateSummaryList } = await account.call('acm:ListCertificates');
      expect(CertificateSummaryList).toMatchObject([{ DomainName: grown.domain }]);
      const zones = await account.call('route53:ListHostedZones');
      const [zone] = zones['HostedZones'] as { Id: string }[];
      const found = await account.call('route53:ListResourceRecordSets', {
        HostedZoneId: zone?.Id.replace('/hostedzone/', ''),
      });
      const sets = found['ResourceRecordSets'] as { Name: string; Type: string }[];
      const addresses = sets.filter(({ Type }) => Type === 'A').map(({ Name }) => Name);
      expect(addresses.toSorted()).toEqual([`${grown.domain}.`, `${other}.`]);
    });

    test('with tls acme the proxies are open to everyone, and the load balancer goes', async () => {
      await prod.configure('tls', 'acme');
      const run = await prod.up();
      expect(run.output).not.toContain('error');
      expect(run).toSucceed();
      const rules = await SecurityRules.read(account);
      for (const groups of (await machineGroups(account)).values()) {
        const open = [80, 443, 6379].map((port) => rules.allow('everyone', groups, port));
        expect(open).toEqual([true, true, false]);
      }
      expect(await balancerGroups(account)).toEqual([]);
      const { Addresses } = await account.call('ec2:DescribeAddresses');
      const fixed = (Addresses as { PublicIp: string }[]).map(({ PublicIp }) => PublicIp);
      const { hostAddresses } = await prod.outputs();
      const each = expect.toSatisfy(
        (addresses: string[]) => addresses.toSorted().join() === fixed.toSorted().join(),
      );
      expect(hostAddresses).toEqual({ [grown.domain]: each, [other]: each });
      expect(fixed).toHaveLength(2);
    });

    test('AWS takes the deletion of the stack in its order', async () => {
      const run = await prod.destroy();
      expect(run.output).not.toContain('error');
      expect(run).toSucceed();
      const sender = `EmailIdentities ${grown.alertFrom}`;
      expect(await inventory(account)).toEqual([...empty, sender].toSorted());
    });

    test('the documented policy allows all that the stacks asked of AWS', async () => {
      const calls = await account.calls();
      expect(calls.length).toBeGreaterThan(100);
      expect(refusedCalls(calls, 'shop')).toEqual([]);
    });
  },
);
