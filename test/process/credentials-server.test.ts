import { execFile, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { roleCredentials, roleVariables } from '../../runtime/contract/role-credentials.ts';
import { Moto, motoPython, prepareMoto } from '../support/aws/moto.ts';
import { bareEnvironment } from '../support/processes/bare-environment.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { unless } from '../support/skip.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const perch = join(root, 'runtime/bin/perch.ts');
const role = 'arn:aws:iam::123456789012:role/shop-prod-app';
const token = 'a-token-of-members-0123456789';
const region = 'eu-central-1';

/** Prints the credentials that the default chain of the SDK of JavaScript finds. */
const inJavaScript = `
import { defaultProvider } from '@aws-sdk/credential-provider-node';
const { accessKeyId, expiration } = await defaultProvider()();
const minutesLeft = Math.round((expiration - Date.now()) / 60_000);
console.log(JSON.stringify({ isTemporary: accessKeyId.startsWith('ASIA'), minutesLeft }));
`;

/** Role that STS sees behind the credentials that the SDK of Python finds. */
const inPython = `
import botocore.session
print(botocore.session.get_session().create_client('sts').get_caller_identity()['Arn'])
`;

/** Starts `perch credentials`, which finds the host's credentials in its environment. */
async function startServer(sts: string) {
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  const words = ['credentials', '--role', role, '--region', region, '--listen', listen];
  const child = spawn(process.execPath, [perch, ...words], {
    env: {
      ...bareEnvironment,
      PERCH_SERVICE: 'shop',
      PERCH_HOST: 'prod-0',
      PERCH_ROLE_TOKEN: token,
      AWS_ACCESS_KEY_ID: 'host',
      AWS_SECRET_ACCESS_KEY: 'secret-of-the-host',
      AWS_ENDPOINT_URL: sts,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  createInterface({ input: child.stdout }).on('line', (line) => (log += `${line}\n`));
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null) await once(child, 'exit');
  });
  await until(() => log.includes('credentials server is listening'), { what: 'the server' });
  return { origin: `http://${listen}`, log: () => log };
}

const whyNoMoto = await prepareMoto();

test(
  'the SDKs of members find the credentials of their role by the variables that Perch sets, and only with the token',
  unless(whyNoMoto),
  async () => {
    await using moto = await Moto.start();
    const server = await startServer(moto.endpoint);
    const member = {
      ...bareEnvironment,
      [roleVariables.url]: `${server.origin}${roleCredentials.path}`,
      [roleVariables.token]: token,
      [roleVariables.region]: region,
      [roleVariables.regionInPython]: region,
      AWS_ENDPOINT_URL: moto.endpoint,
    };
    const asked = (variables: NodeJS.ProcessEnv) =>
      run(process.execPath, ['--input-type=module', '-e', inJavaScript], {
        env: variables,
        cwd: root,
      });
    const { stdout } = await asked(member);
    expect(JSON.parse(stdout)).toEqual({ isTemporary: true, minutesLeft: 60 });
    const python = await run(motoPython, ['-c', inPython], { env: member });
    expect(python.stdout.trim()).toBe(
      'arn:aws:sts::123456789012:assumed-role/shop-prod-app/shop-prod-0',
    );
    const wrong = { ...member, [roleVariables.token]: 'another' };
    await expect(asked(wrong)).rejects.toThrow('Could not load credentials');
    expect((await fetch(`${server.origin}/readyz`)).status).toBe(200);
    expect((await fetch(`${server.origin}${roleCredentials.path}`)).status).toBe(401);
    expect(server.log()).not.toMatch(/secret-of-the-host|a-token-of|ASIA/);
  },
);

test('while AWS refuses the role, the server says why: in its log, in its answers and in its readiness', async () => {
  const refusing = createServer((_, response) => {
    const error = '<Code>AccessDenied</Code><Message>not authorized to assume it</Message>';
    response.writeHead(403, { 'content-type': 'text/xml' });
    response.end(`<ErrorResponse><Error>${error}</Error></ErrorResponse>`);
  }).listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  onTestFinished(() => void refusing.close());
  const { port } = refusing.address() as AddressInfo;
  const server = await startServer(`http://127.0.0.1:${port}`);
  expect(server.log()).toContain('AWS gives no credentials of the role of members');
  const headers = { authorization: token };
  const answer = await fetch(`${server.origin}${roleCredentials.path}`, { headers });
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('not authorized to assume it');
  expect((await fetch(`${server.origin}/readyz`)).status).toBe(503);
});
