/**
 * Checks what a release needs beside its configuration: programs on this machine, credentials, and
 * ssh access to servers. Every check runs before anything is created, so that all problems are
 * reported at once, in terms of the stack's configuration, and not by a provider halfway through.
 */
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import * as aws from '@pulumi/aws';
import * as digitalocean from '@pulumi/digitalocean';
import {
  architectureOfMachine,
  architectures,
  type Architecture,
} from '../runtime/contract/architecture.ts';
import { hostPort } from '../runtime/contract/host-port.ts';
import { metricsPorts } from '../runtime/contract/ports.ts';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { createsNothing } from './config/creates-nothing.ts';
import { hostArchitectures } from './config/host-architectures.ts';
import { httpsPortOf } from './config/edge.ts';
import { builtImage } from './config/image-reference.ts';
import { lostHosts } from './config/lost-hosts.ts';
import type { StackConfig } from './config/stack-config.ts';
import { missingEmulation } from './shell/emulation.ts';
import {
  hostPortsScript,
  parseHostPorts,
  takenPorts,
  type HostPorts,
  type NeededPort,
} from './shell/host-ports.ts';
import { overSsh } from './shell/over-ssh.ts';
import { runProgram } from './shell/program.ts';
import { otherServices, servicesOnPorts } from './shell/port-conflicts.ts';
import { errorMessage } from '../runtime/contract/error-message.ts';

const heading = 'preflight failed, nothing was changed:';
const loopback = '127.0.0.1';
/** Line between the answers about other services and about ports. */
const sections = '== ports';

/** Prints the kernel's name of the processor, before the other answers. */
const machineScript = 'echo "machine $(uname -m)"';
const machineLine = /^machine (\S+)\n/m;

/** Keys of the ports that proxies serve. */
const proxyKeys: ReadonlySet<string> = new Set<NeededPort['key']>(['httpPort', 'httpsPort']);

type Check = (config: StackConfig) => Promise<readonly string[]>;

const checks: readonly Check[] = [
  checkDocker,
  checkEmulation,
  checkPorts,
  checkSsh,
  checkAwsCredentials,
  checkDigitalOceanToken,
  checkServers,
];

/**
 * Runs every check for a stack, unless PULUMI_RUN_PROGRAM says that nothing is created.
 * @throws PerchError `unsupported` with every problem and its remedy.
 */
export async function preflight(config: StackConfig): Promise<void> {
  if (createsNothing()) return;
  const problems = (await Promise.all(checks.map((check) => check(config)))).flat();
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `  ${problem}`);
  throw new PerchError('unsupported', `${heading}\n${lines.join('\n')}`);
}

/** Members run on this machine on target docker; images are built on it unless they are built already. */
async function checkDocker({
  target,
  image,
  canaryImage,
  runtimeImage,
}: StackConfig): Promise<string[]> {
  const builds = image === undefined || runtimeImage === undefined || canaryImage === builtImage;
  if (target !== 'docker' && !builds) return [];
  const problem = await problemOf(
    runProgram('docker', ['version', '--format', '{{.Server.Version}}']),
  );
  if (problem === undefined) return [];
  const why = target === 'docker' ? 'on target docker' : 'to build images';
  return [`a Docker engine must answer on this machine ${why}; install or start it: ${problem}`];
}

/** Perch's own image runs programs while it is built; an application's image may not. */
async function checkEmulation(config: StackConfig): Promise<string[]> {
  if (config.runtimeImage !== undefined || config.hostStack !== undefined) return [];
  const missing = await missingEmulation(hostArchitectures(config));
  return missing.map(
    (architecture) =>
      `Docker on this machine must run programs of ${architecture} to build Perch's image for such hosts: ` +
      `docker run --privileged --rm tonistiigi/binfmt --install ${architecture}; or build it on such a machine and set perch:runtimeImage`,
  );
}

async function checkPorts(config: StackConfig): Promise<string[]> {
  if (config.target !== 'docker' || config.hostStack !== undefined) return [];
  const where = 'on this machine';
  const needed = neededPorts(config, loopback, { carriesProxy: true, carriesRedis: true });
  const printed = await runProgram('sh', ['-c', portScript(config, needed)]);
  const { unprivilegedFrom = 0 } = parseHostPorts(sectionsOf(printed).ports);
  const privileged = needed.filter(
    ({ key, port }) => proxyKeys.has(key) && port < unprivilegedFrom,
  );
  return [
    ...portProblems(config, { where, needed, printed }),
    ...privileged.map(
      ({ key, port }) =>
        `perch:${key} must be at least ${unprivilegedFrom} ${where}, because the proxy is not root ` +
        `and net.ipv4.ip_unprivileged_port_start is ${unprivilegedFrom}; got ${port}`,
    ),
  ];
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
  const lost = lostHosts();
  const silent: string[] = [];
  const problems = servers.map(async ({ address, architecture, ...server }, index) => {
    const { name, user, port } = server;
    if (lost.has(name)) return [];
    const entry = { ...server, host: address, privateKey: sshPrivateKey, proxyJump };
    const label = `perch:servers[${index}], ${name}`;
    const needed = neededPorts(config, server.privateAddress, {
      carriesProxy: role !== 'canary' && index < proxyCount,
      carriesRedis: role !== 'canary' && index === 0,
    });
    try {
      const script = `${machineScript}\n${portScript(config, needed)}`;
      const [machine, printed] = machineOf(await overSsh(entry, script));
      return [
        ...architectureProblem(label, architecture, machine),
        ...portProblems(config, { where: `on ${label}`, needed, printed }),
      ];
    } catch (error) {
      silent.push(name);
      const through = proxyJump === undefined ? '' : ', through sshProxyJump, which must do so too';
      const rule = `must accept sshPrivateKey for ${user}@${hostPort(address, port)} and show its hostKey${through}`;
      return [`${label}, ${rule}: ${messageOf(error)}`];
    }
  });
  const found = (await Promise.all(problems)).flat();
  if (silent.length === 0) return found;
  const names = silent.toSorted().join(', ');
  return [
    ...found,
    `if the machine of ${names} is lost for good, replace one after the other: npx perch host replace NAME (docs/hosts.md)`,
  ];
}

/** Ports that the stack binds on a host. */
function neededPorts(
  config: StackConfig,
  privateAddress: string,
  {
    carriesProxy,
    carriesRedis,
  }: { readonly carriesProxy: boolean; readonly carriesRedis: boolean },
): NeededPort[] {
  const { httpPort, redisPort, metricsPort, redis, target } = config;
  const httpsPort = httpsPortOf(config);
  const proxyAddress = target === 'docker' ? loopback : '::';
  const needed: NeededPort[] = [];
  if (carriesProxy) needed.push({ key: 'httpPort', port: httpPort, address: proxyAddress });
  if (carriesProxy && httpsPort !== undefined) {
    needed.push({ key: 'httpsPort', port: httpsPort, address: proxyAddress });
  }
  if (carriesRedis && redis === 'container') {
    needed.push({ key: 'redisPort', port: redisPort, address: privateAddress });
  }
  if (metricsPort !== undefined) {
    const count = carriesProxy ? metricsPorts.count : 1;
    for (let port = metricsPort; port < metricsPort + count; port += 1) {
      needed.push({ key: 'metricsPort', port, address: privateAddress });
    }
  }
  return needed;
}

/** The kernel's name of the processor, and the other answers. */
function machineOf(printed: string): [machine: string | undefined, rest: string] {
  return [machineLine.exec(printed)?.[1], printed.replace(machineLine, '')];
}

/** An image for another processor would start nothing on the host. */
function architectureProblem(
  label: string,
  expected: Architecture,
  machine: string | undefined,
): string[] {
  if (machine === undefined) return [];
  const actual = architectureOfMachine(machine);
  if (actual === expected) return [];
  const remedy =
    actual === undefined
      ? `images are built for ${architectures.join(' and ')} only`
      : `set its architecture to ${actual}`;
  return [
    `${label}, must have the architecture of its processor, ${machine}, got ${expected}: ${remedy}`,
  ];
}

function portScript({ service }: StackConfig, needed: readonly NeededPort[]): string {
  if (needed.length === 0) return 'true';
  const served = needed.filter(({ key }) => proxyKeys.has(key)).map(({ port }) => port);
  return [servicesOnPorts(served), `echo ${sections}`, hostPortsScript(service)].join('\n');
}

function sectionsOf(printed: string): { readonly services: string; readonly ports: string } {
  const [services = '', ports = ''] = printed.split(`${sections}\n`);
  return { services, ports };
}

interface PortAnswer {
  readonly where: string;
  readonly needed: readonly NeededPort[];
  /** Output of {@link portScript}. */
  readonly printed: string;
}

function portProblems({ service }: StackConfig, answer: PortAnswer): string[] {
  const { where, needed, printed } = answer;
  const { services, ports } = sectionsOf(printed);
  const others = otherServices(services, service);
  const claimed = needed
    .filter(({ key }) => proxyKeys.has(key))
    .flatMap(({ key, port }) =>
      others
        .filter((other) => other.port === port)
        .map(
          (other) =>
            `perch:${key} must be free ${where}; service ${other.service} uses ${port}. To share its hosts and proxies, set hostStack to its stack`,
        ),
    );
  const host = parseHostPorts(ports);
  const taken = takenPorts(needed, host)
    .filter(({ port }) => !others.some((other) => other.port === port))
    .map(
      ({ key, port }) =>
        `perch:${key} must be free ${where}; ${programOn(host, port)} that is not of service ${service} listens on ${port}`,
    );
  return [...claimed, ...taken];
}

function programOn({ programs }: HostPorts, port: number): string {
  const name = programs.get(port);
  return name === undefined ? 'a program' : `a program ${name}`;
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
