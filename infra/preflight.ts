/**
 * Checks what a release needs beside its configuration: programs on this machine, credentials, and
 * ssh access to servers. Every check runs before anything is created, so that all problems are
 * reported at once, in terms of the stack's configuration, and not by a provider halfway through.
 */
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import * as aws from '@pulumi/aws';
import * as digitalocean from '@pulumi/digitalocean';
import { hostPort } from '../runtime/contract/host-port.ts';
import { PerchError } from '../runtime/contract/perch-error.ts';
import type { StackConfig } from './config/stack-config.ts';
import { overSsh } from './shell/over-ssh.ts';
import { runProgram } from './shell/program.ts';
import { otherServices, servicesOnPort } from './shell/port-conflicts.ts';
import { errorMessage } from '../runtime/contract/error-message.ts';

const heading = 'preflight failed, nothing was changed:';

type Check = (config: StackConfig) => Promise<readonly string[]>;

const checks: readonly Check[] = [
  checkDocker,
  checkPort,
  checkSsh,
  checkAwsCredentials,
  checkDigitalOceanToken,
  checkServers,
];

/**
 * Runs every check for a stack.
 * @throws PerchError `unsupported` with every problem and its remedy.
 */
export async function preflight(config: StackConfig): Promise<void> {
  const problems = (await Promise.all(checks.map((check) => check(config)))).flat();
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `  ${problem}`);
  throw new PerchError('unsupported', `${heading}\n${lines.join('\n')}`);
}

/** Members run on this machine on target docker; images are built on it unless they are built already. */
async function checkDocker({ target, image, runtimeImage }: StackConfig): Promise<string[]> {
  if (target !== 'docker' && image !== undefined && runtimeImage !== undefined) return [];
  const problem = await problemOf(
    runProgram('docker', ['version', '--format', '{{.Server.Version}}']),
  );
  if (problem === undefined) return [];
  const why = target === 'docker' ? 'on target docker' : 'to build images';
  return [`a Docker engine must answer on this machine ${why}; install or start it: ${problem}`];
}

async function checkPort(config: StackConfig): Promise<string[]> {
  if (config.target !== 'docker') return [];
  const script = servicesOnPort(config.httpPort);
  return portProblems(config, 'on this machine', await runProgram('sh', ['-c', script]));
}

/** Servers are checked one by one; a cloud's machines do not exist yet. */
async function checkSsh({ target }: StackConfig): Promise<string[]> {
  if (target !== 'aws' && target !== 'digitalocean') return [];
  const problem = await problemOf(runProgram('ssh', ['-V']));
  return problem === undefined ? [] : [`${problem}: Docker reaches the hosts over ssh`];
}

/** The provider reads the same sources as the SDK's default chain, and its own configuration. */
async function checkAwsCredentials({ target }: StackConfig): Promise<string[]> {
  const { accessKey, profile, sharedConfigFiles, sharedCredentialsFiles } = aws.config;
  const { assumeRoleWithWebIdentity } = aws.config;
  const configured = [accessKey, sharedConfigFiles, sharedCredentialsFiles];
  const hasOwnSource = [...configured, assumeRoleWithWebIdentity].some(
    (value) => value !== undefined,
  );
  if (target !== 'aws' || hasOwnSource) return [];
  try {
    await defaultProvider(profile === undefined ? {} : { profile })();
    return [];
  } catch (error) {
    const ways = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role';
    const reason = errorMessage(error);
    return [`AWS credentials must be set on target aws (${ways}): ${reason}`];
  }
}

async function checkDigitalOceanToken({ target }: StackConfig): Promise<string[]> {
  const names = ['DIGITALOCEAN_TOKEN', 'DIGITALOCEAN_ACCESS_TOKEN'];
  const isSet = digitalocean.config.token || names.some((name) => process.env[name]);
  return target !== 'digitalocean' || isSet
    ? []
    : [`${names[0]} must be set in the environment on target digitalocean`];
}

async function checkServers(config: StackConfig): Promise<string[]> {
  const { servers, sshPrivateKey = '', sshProxyJump: proxyJump, role, proxyCount } = config;
  const problems = servers.map(async ({ address, ...server }, index) => {
    const { name, user, port } = server;
    const entry = { ...server, host: address, privateKey: sshPrivateKey, proxyJump };
    const label = `perch:servers[${index}], ${name}`;
    const carriesProxy = role !== 'canary' && index < proxyCount;
    const script = carriesProxy ? servicesOnPort(config.httpPort) : 'true';
    try {
      return portProblems(config, `on ${label}`, await overSsh(entry, script));
    } catch (error) {
      const through = proxyJump === undefined ? '' : ', through sshProxyJump, which must do so too';
      const rule = `must accept sshPrivateKey for ${user}@${hostPort(address, port)} and show its hostKey${through}`;
      return [`${label}, ${rule}: ${messageOf(error)}`];
    }
  });
  return (await Promise.all(problems)).flat();
}

function portProblems({ httpPort, service }: StackConfig, where: string, printed: string) {
  return otherServices(printed, service).map(
    (other) => `perch:httpPort must be free ${where}; service ${other} uses ${httpPort}`,
  );
}

async function problemOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof PerchError) return error.message;
  throw error;
}
