import * as pulumi from '@pulumi/pulumi';
import { JoinedHost, type OfferedHost } from '../../hosts/joined-host.ts';
import { pluginLogins, type Registry } from '../../images/registry.ts';
import type { PullLogin } from '../../images/pull-script.ts';
import { awsProvider } from '../aws/provider.ts';
import { ecrRegistry, EcrRepositories } from '../aws/registry.ts';
import type { ProdNetwork } from '../prod-network.ts';
import type { Target } from '../target.ts';

export interface GuestTargetArgs {
  readonly service: string;
  /** Hosts of the host stack. The first one runs the commands. */
  readonly hosts: readonly OfferedHost[];
  /** Private key for ssh. Secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Registry of the host stack. Undefined: hosts run what this machine's engine built. */
  readonly registry: Registry | undefined;
  /** Account of AWS where the guest's image gets a repository of its own. Undefined: not on AWS. */
  readonly aws:
    | { readonly region: string; readonly tags: Readonly<Record<string, string>> }
    | undefined;
  readonly pullLogins: readonly PullLogin[];
}

/** Target of a guest: the hosts, the registry and the proxies of another stack. */
export class GuestTarget extends pulumi.ComponentResource implements Target {
  readonly hosts: readonly JoinedHost[];
  readonly registry: Registry | undefined;
  readonly managedRedis = undefined;
  readonly loadBalancer = undefined;
  readonly dashboardUrl = undefined;
  readonly prodNetwork = pulumi.output<ProdNetwork>({});

  constructor(name: string, args: GuestTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:guest:Target', name, {}, opts);
    const inside = { parent: this };
    this.registry = guestRegistry(name, args, inside);
    const { privateKey, pullLogins } = args;
    const logins = pluginLogins(this.registry, pullLogins);
    this.hosts = args.hosts.map(
      (host) => new JoinedHost(host.name, { host, privateKey, logins }, inside),
    );
    this.registerOutputs({});
  }
}

/** ECR has a repository for each image; elsewhere one address takes every image. */
function guestRegistry(
  name: string,
  { service, registry, aws }: GuestTargetArgs,
  opts: pulumi.CustomResourceOptions,
): Registry | undefined {
  if (aws === undefined) return registry;
  const inside = { ...opts, provider: awsProvider({ service, ...aws }) };
  const { address } = new EcrRepositories(name, { repositories: [service] }, inside);
  return ecrRegistry(address, inside);
}
