/**
 * What a release needs beside its configuration: programs of this machine, credentials, servers
 * that let us in. All of it is tried before anything is made, so that what is missing is said at
 * once, in the stack's own words, and not by a provider when half of a release is done.
 */
import * as digitalocean from '@pulumi/digitalocean';
import { PerchError } from '../runtime/contract/perch-error.ts';
import type { StackConfig } from './config.ts';
import { overSsh } from './hosts/over-ssh.ts';
import { runProgram } from './program.ts';

type Check = (config: StackConfig) => Promise<readonly string[]>;

const checks: readonly Check[] = [dockerHere, sshHere, digitalOceanToken, serversLetIn];

/** @throws PerchError `unsupported` with every problem and what to do about it. */
export async function preflight(config: StackConfig): Promise<void> {
  const problems = (await Promise.all(checks.map((check) => check(config)))).flat();
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `  ${problem}`);
  throw new PerchError('unsupported', `nothing was changed, for:\n${lines.join('\n')}`);
}

/** Members run here on target docker; images are built here, unless they are built already. */
async function dockerHere({ target, image, runtimeImage }: StackConfig): Promise<string[]> {
  if (target !== 'docker' && image !== undefined && runtimeImage !== undefined) return [];
  const problem = await problemOf(
    runProgram('docker', ['version', '--format', '{{.Server.Version}}']),
  );
  if (problem === undefined) return [];
  const why = target === 'docker' ? 'on target docker' : 'to build images';
  return [`a Docker engine must answer on this machine ${why}; install or start it: ${problem}`];
}

/** Servers are tried one by one; a cloud's machines are not there yet. */
async function sshHere({ target }: StackConfig): Promise<string[]> {
  if (target !== 'aws' && target !== 'digitalocean') return [];
  const problem = await problemOf(runProgram('ssh', ['-V']));
  return problem === undefined ? [] : [`${problem}: Docker reaches the hosts by it`];
}

async function digitalOceanToken({ target }: StackConfig): Promise<string[]> {
  const names = ['DIGITALOCEAN_TOKEN', 'DIGITALOCEAN_ACCESS_TOKEN'];
  const isSet = digitalocean.config.token || names.some((name) => process.env[name]);
  return target !== 'digitalocean' || isSet
    ? []
    : [`${names[0]} must be set in the environment on target digitalocean`];
}

async function serversLetIn({ servers, sshPrivateKey = '' }: StackConfig): Promise<string[]> {
  const problems = await Promise.all(
    servers.map(async ({ address, ...server }, index) => {
      const entry = { ...server, host: address, privateKey: sshPrivateKey };
      const problem = await problemOf(overSsh(entry, 'true'));
      if (problem === undefined) return undefined;
      const { name, user, port } = server;
      const place = `perch:servers[${index}], ${name}`;
      return `${place}, must let in sshPrivateKey as ${user}@${address}:${port} and show its hostKey: ${problem}`;
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

async function problemOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (error instanceof PerchError) return error.message;
    throw error;
  }
}
