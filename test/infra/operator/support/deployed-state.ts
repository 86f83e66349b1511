import type { TestSshd } from '../../engine/support/sshd.ts';

interface DeployedHost {
  readonly name: string;
  /** Undefined: target docker. */
  readonly sshd?: Pick<TestSshd, 'address' | 'port' | 'user' | 'hostKey' | 'privateKey'>;
}

const project = 'urn:pulumi:prod::perch::';

/** `pulumi stack export` of a stack with hosts, as the engine writes it with --show-secrets. */
export function deployedState(
  service: string,
  hosts: readonly DeployedHost[],
  outputs: Readonly<Record<string, unknown>> = {},
) {
  const controls = hosts.flatMap(({ sshd }) => (sshd === undefined ? [] : [controlOf(sshd)]));
  const connection = {
    '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
    plaintext: JSON.stringify({
      service,
      target: 'server',
      control: controls[0],
      controls,
      redisUrl: 'redis://10.0.0.1:6379',
      network: {},
    }),
  };
  const root = {
    urn: `${project}pulumi:pulumi:Stack::perch-prod`,
    type: 'pulumi:pulumi:Stack',
    outputs: { service, ...(controls.length > 0 && { connection }), ...outputs },
  };
  return { version: 3, deployment: { resources: [root, ...hosts.flatMap(resourcesOf)] } };
}

function controlOf({ address, port, user, hostKey }: NonNullable<DeployedHost['sshd']>) {
  return { host: address, port, user, hostKey };
}

function resourcesOf({ name, sshd }: DeployedHost) {
  const type = sshd === undefined ? 'perch:host:Docker' : 'perch:host:Ssh';
  const parent = `${project}perch:server:Target$${type}::${name}`;
  const provider = {
    urn: `${project}perch:server:Target$${type}$pulumi:providers:docker::${name}`,
    type: 'pulumi:providers:docker',
    parent,
    inputs: {},
  };
  if (sshd === undefined) return [provider];
  const { privateKey } = sshd;
  const ready = {
    urn: `${project}perch:server:Target$${type}$command:remote:Command::${name}-ready`,
    type: 'command:remote:Command',
    parent,
    inputs: { connection: { ...controlOf(sshd), privateKey } },
  };
  return [provider, ready];
}
