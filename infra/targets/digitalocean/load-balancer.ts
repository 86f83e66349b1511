import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { dnsName, recordResource, type DnsName } from '../dns-name.ts';
import type { LoadBalancer } from '../target.ts';

export interface DigitalOceanLoadBalancerArgs {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** Addresses of the network, `address/bits`. */
  readonly vpcRange: pulumi.Input<string>;
  readonly dropletIds: readonly pulumi.Output<number>[];
  readonly proxyPort: number;
  readonly healthPath: string;
  /** Host names to serve by https. Their zones must be at DigitalOcean. Empty: http by address. */
  readonly hosts: readonly string[];
  /** DNS zone of all of them. Default: each without its first label. */
  readonly dnsZone: string | undefined;
}

/** DigitalOcean's load balancer in front of the proxies. */
export class DigitalOceanLoadBalancer extends pulumi.ComponentResource implements LoadBalancer {
  readonly url: pulumi.Output<string>;
  readonly networks: readonly pulumi.Input<string>[];
  readonly balancerId: pulumi.Output<string>;

  constructor(
    name: string,
    args: DigitalOceanLoadBalancerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('perch:digitalocean:LoadBalancer', name, {}, opts);
    const inside = { parent: this };
    const { hosts, proxyPort } = args;
    const [first] = hosts;
    const target = { targetPort: proxyPort, targetProtocol: 'http' };
    const plain = { entryPort: 80, entryProtocol: 'http', ...target };
    const certificate =
      first === undefined
        ? undefined
        : new digitalocean.Certificate(name, { type: 'lets_encrypt', domains: [...hosts] }, inside);
    const secure =
      certificate === undefined
        ? []
        : [
            {
              entryPort: 443,
              entryProtocol: 'https',
              ...target,
              certificateName: certificate.name,
            },
          ];
    const balancer = new digitalocean.LoadBalancer(
      name,
      {
        region: args.region,
        vpcUuid: args.vpcId,
        dropletIds: [...args.dropletIds],
        forwardingRules: [plain, ...secure],
        redirectHttpToHttps: secure.length > 0,
        // The stack makes the records itself, so that destroying the stack deletes them.
        disableLetsEncryptDnsRecords: true,
        healthcheck: { protocol: 'http', port: proxyPort, path: args.healthPath },
      },
      inside,
    );
    this.balancerId = balancer.id;
    this.networks = [args.vpcRange];
    const records = hosts.map((host, index) => {
      const { name: resource, aliases } = recordResource(name, hosts, index);
      return record(
        resource,
        { ...dnsName(host, args.dnsZone), value: balancer.ip },
        { ...inside, aliases: [...aliases] },
      );
    });
    this.url =
      first === undefined
        ? pulumi.interpolate`http://${balancer.ip}`
        : pulumi.all(records).apply(() => `https://${first}`);
    this.registerOutputs({ url: this.url });
  }
}

function record(
  name: string,
  { zone, label, value }: DnsName & { readonly value: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const args = { domain: zone, name: label, type: 'A', value };
  const made = new digitalocean.DnsRecord(name, args, opts);
  return made.fqdn;
}
