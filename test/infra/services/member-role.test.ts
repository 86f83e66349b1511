import { expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';
import { clearText, composed, type MadeResource } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const bucket = 'arn:aws:iam::123456789012:policy/shop/bucket';
const queue = 'arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess';
const application = {
  beforeRelease: ['migrate'],
  workers: { mailer: { command: ['work'] } },
};

const made = (values: Record<string, unknown> = {}) =>
  composed(() => makeProd(configFor('aws', { ...application, ...values })));

const named = (resources: readonly MadeResource[], type: string, name: string) =>
  resources.find((one) => one.type.endsWith(type) && one.name === name)?.inputs ?? {};

const statements = (document: unknown) =>
  (JSON.parse(String(document)) as { Statement: Record<string, unknown>[] }).Statement;

test("members have a role with the stack's policies, which the hosts' role alone may assume, and no other", async () => {
  const resources = await made({ appPolicyArns: [bucket, queue] });
  const role = named(resources, ':Role', 'shop-prod-app');
  expect(statements(role['assumeRolePolicy'])).toEqual([
    {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { AWS: expect.stringMatching(/shop-prod/) },
    },
  ]);
  const attachments = resources.filter(({ type }) => type.endsWith(':RolePolicyAttachment'));
  expect(attachments.map(({ inputs }) => inputs)).toEqual(
    [bucket, queue].map((policyArn) => ({ role: expect.stringMatching(/app/), policyArn })),
  );
  const ofHosts = statements(named(resources, ':RolePolicy', 'shop-prod')['policy']);
  expect(ofHosts.filter(({ Action }) => JSON.stringify(Action).includes('sts:'))).toEqual([
    {
      Sid: 'AssumeRoleOfMembers',
      Effect: 'Allow',
      Action: ['sts:AssumeRole'],
      Resource: [expect.stringMatching(/shop-prod-app/)],
    },
  ]);
});

test('each host has a server of the credentials, which reaches the metadata in place of members', async () => {
  const resources = await made({ appPolicyArns: [bucket] });
  for (const host of ['prod-0', 'prod-1']) {
    const network = named(resources, ':Network', `credentials-${host}`);
    expect(network['ipamConfigs']).toEqual([
      { subnet: '169.254.170.0/30', gateway: '169.254.170.2' },
    ]);
    const server = named(resources, ':Container', `credentials-${host}`);
    expect(server).toMatchObject({
      networkMode: 'host',
      readOnly: true,
      capabilities: { drops: ['ALL'] },
      command: expect.arrayContaining(['credentials', '--listen=169.254.170.2:51679']),
    });
    for (const input of ['ports', 'user', 'volumes']) expect(server[input]).toBeUndefined();
  }
  const machines = resources.filter(({ type }) => type.endsWith(':Instance'));
  expect(machines.map(({ inputs }) => inputs['metadataOptions'])).toEqual(
    machines.map(() => expect.objectContaining({ httpPutResponseHopLimit: 1 })),
  );
});

test('members, workers and hooks know the endpoint, its secret token and the region; no other container does', async () => {
  const resources = await made({
    appPolicyArns: [bucket],
    environment: { AWS_REGION: 'eu-west-1' },
  });
  const containers = resources.filter(({ type }) => type.endsWith(':Container'));
  const knowing = containers.filter(({ inputs }) =>
    JSON.stringify(inputs['envs']).includes('AWS_CONTAINER'),
  );
  expect(knowing.map(({ name }) => name).toSorted()).toEqual([
    'stable-0',
    'stable-1',
    'stable-worker-mailer-0',
  ]);
  const url = 'AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.2:51679/credentials';
  for (const { inputs } of knowing) {
    const envs = JSON.stringify(inputs['envs']);
    for (const text of [url, 'AWS_REGION=eu-west-1', 'AWS_DEFAULT_REGION=eu-central-1']) {
      expect(envs).toContain(`"${text}"`);
    }
    expect(clearText(inputs)).not.toMatch(/AUTHORIZATION_TOKEN=secret/);
  }
  const hook = resources.find(({ name }) => name === 'before-release');
  expect(JSON.stringify(hook?.inputs['stdin'])).toContain(url);
});

test('without appPolicyArns a stack has nothing of it, so that an update changes nothing', async () => {
  expect(JSON.stringify(await made())).not.toMatch(
    /sts:AssumeRole"\]|credentials-|AWS_(?!.*EMAIL)/,
  );
});

test.each([
  [valid.docker, [bucket], 'must be empty on target docker: only AWS has roles of IAM'],
  [valid.server, [bucket], 'must be empty on target server: only AWS has roles of IAM'],
  [valid.aws, [bucket, bucket], `must not contain ${bucket} twice`],
  [
    valid.aws,
    Array.from({ length: 11 }, (_, number) => `${bucket}${number}`),
    'must name at most 10 policies, the quota of a role, got 11',
  ],
])(
  'policies of members are refused where nothing can have them: %#',
  (config, appPolicyArns, rule) => {
    expect(configProblems({ ...config, appPolicyArns })).toEqual([`perch:appPolicyArns ${rule}`]);
  },
);

test.each(['arn:aws:iam::123456789012:role/x', 'AmazonSQSReadOnlyAccess', ''])(
  'the policy %j is none',
  (arn) => {
    expect(configProblems({ ...valid.aws, appPolicyArns: [arn] }).join()).toContain(
      'perch:appPolicyArns.0 must be the ARN of an IAM policy',
    );
  },
);
