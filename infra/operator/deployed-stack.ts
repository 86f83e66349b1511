import { z } from 'zod';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { controlsOf, monitoredIn } from '../config/prod-connection.ts';
import { plain, readState } from '../recovery/exported-state.ts';
import { programSettings } from '../recovery/stack-configuration.ts';
import { hostsOf, serviceOf, type StackHost } from '../recovery/stack-hosts.ts';
import type { ControlAddress } from '../shell/control-shell.ts';
import { stackConfig, stackDeployment, unreadableStack } from './pulumi-cli.ts';

/** A stack that is up: what commands about it need. It holds secrets. */
export interface DeployedStack {
  readonly name: string;
  readonly service: string;
  /** Service whose monitors and proxies it uses: its own, or that of its host stack. */
  readonly edgeService: string;
  /** Hosts that its members run on. */
  readonly hosts: readonly StackHost[];
  /** Hosts where `perch` commands may run, the control host first; none: this machine. */
  readonly controls: readonly ControlAddress[];
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, string>>;
}

const rootSchema = z.object({
  resources: z
    .array(z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).default({}) }))
    .default([]),
});

/**
 * Reads a stack's outputs, hosts and configuration.
 * @throws PerchError `bad_input` if there is no such stack or it was never updated; `process_failed`
 * if Pulumi cannot read it.
 */
export async function readStack(name: string): Promise<DeployedStack> {
  try {
    const [deployment, config] = await Promise.all([stackDeployment(name), stackConfig(name)]);
    return deployedStack(name, deployment, config);
  } catch (error) {
    if (error instanceof PerchError && error.code === 'process_failed') {
      throw await unreadableStack(name, error);
    }
    throw error;
  }
}

/**
 * Returns what a stack's state says. Pure.
 * @param deployment the export's `deployment`.
 */
function deployedStack(
  name: string,
  deployment: unknown,
  config: Readonly<Record<string, string>>,
): DeployedStack {
  const state = readState(deployment);
  const outputs = outputsIn(deployment);
  const asOutputs = Object.fromEntries(
    Object.entries(outputs).map(([output, value]) => [output, { value }]),
  );
  const { service = serviceOf(state), edgeService = service } = monitoredIn(asOutputs);
  if (service === undefined || edgeService === undefined) {
    const how = `deploy it first: npx perch deploy --stack ${name}`;
    throw new PerchError('bad_input', `stack ${name} has never been updated; ${how}`);
  }
  // A key that the configuration has now opens the hosts, also if no update has used it yet.
  const privateKey = config['perch:sshPrivateKey'];
  const withKey = (address: ControlAddress): ControlAddress =>
    privateKey === undefined ? address : { ...address, privateKey };
  const hosts = hostsOf(state).map((host) => ({
    ...host,
    address: host.address && withKey(host.address),
  }));
  const [own] = hosts.flatMap(({ address }) => address ?? []);
  const offered = controlsOf(asOutputs).map((control) => ({
    ...control,
    privateKey: privateKey ?? own?.privateKey ?? '',
  }));
  const controls = offered.length > 0 ? offered : hosts.flatMap(({ address }) => address ?? []);
  const settings = Object.entries(programSettings(asOutputs)).map(([key, { value }]) => [
    key,
    value,
  ]);
  const known = { ...Object.fromEntries(settings), ...config };
  return { name, service, edgeService, hosts: once(hosts), controls, outputs, config: known };
}

function outputsIn(deployment: unknown): Readonly<Record<string, unknown>> {
  const { resources } = rootSchema.parse(deployment ?? {});
  const root = resources.find(({ type }) => type === 'pulumi:pulumi:Stack');
  return Object.fromEntries(
    Object.entries(root?.outputs ?? {}).map(([output, value]) => [output, plain(value)]),
  );
}

/** A provider that is replaced is in the state twice. */
function once(hosts: readonly StackHost[]): StackHost[] {
  return [...new Map(hosts.map((host) => [host.name, host])).values()];
}
