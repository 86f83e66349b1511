import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { LoadBalancer } from '../target.ts';
import { recordResource } from '../dns-name.ts';
import { certificate } from './certificate.ts';

export interface AwsLoadBalancerArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
  readonly subnetIds: pulumi.Input<string[]>;
  readonly groupId: pulumi.Input<string>;
  /** Instances that carry a proxy. */
  readonly instanceIds: readonly pulumi.Output<string>[];
  readonly proxyPort: number;
  readonly healthPath: string;
  readonly drainTimeoutSeconds: number;
  /** Host names to serve by https. Empty: http under the balancer's own name. */
  readonly hosts: readonly string[];
  /** DNS zone of all of them. Default: each without its first label. */
  readonly dnsZone: string | undefined;
}

/** An application load balancer in front of the proxies. */
export class AwsLoadBalancer extends pulumi.ComponentResource implements LoadBalancer {
  readonly url: pulumi.Output<string>;
  readonly networks: readonly string[];

  constructor(name: string, args: AwsLoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:aws:LoadBalancer', name, {}, opts);
    const inside = { parent: this };
    const { vpcId, hosts, dnsZone } = args;
    const [first] = hosts;
    const balancer = new aws.lb.LoadBalancer(
      name,
      {
        loadBalancerType: 'application',
        securityGroups: [args.groupId],
        subnets: args.subnetIds,
        dropInvalidHeaderFields: true,
      },
      inside,
    );
    const group = new aws.lb.TargetGroup(
      name,
      {
        vpcId,
        port: args.proxyPort,
        protocol: 'HTTP',
        deregistrationDelay: args.drainTimeoutSeconds,
        healthCheck: {
          path: args.healthPath,
          interval: 10,
          healthyThreshold: 2,
          // AWS' own default. The provider's is 3.
          unhealthyThreshold: 2,
        },
      },
      inside,
    );
    const attached = args.instanceIds.map(
      (targetId, index) =>
        new aws.lb.TargetGroupAttachment(
          `${name}-${index}`,
          { targetGroupArn: group.arn, targetId, port: args.proxyPort },
          inside,
        ),
    );
    const loadBalancerArn = balancer.arn;
    const forward = { type: 'forward', targetGroupArn: group.arn };
    if (first === undefined) {
      const listener = new aws.lb.Listener(
        name,
        { loadBalancerArn, port: 80, protocol: 'HTTP', defaultActions: [forward] },
        inside,
      );
      this.url = pulumi
        .all([balancer.dnsName, listener.id])
        .apply(([dnsName]) => `http://${dnsName}`);
    } else {
      const redirect = {
        type: 'redirect',
        redirect: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' },
      };
      const plain = new aws.lb.Listener(
        `${name}-http`,
        { loadBalancerArn, port: 80, protocol: 'HTTP', defaultActions: [redirect] },
        inside,
      );
      const { certificateArn, zones } = certificate(hosts, dnsZone, inside);
      const secure = new aws.lb.Listener(
        name,
        {
          loadBalancerArn,
          port: 443,
          protocol: 'HTTPS',
          certificateArn,
          sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
          defaultActions: [forward],
        },
        { ...inside, dependsOn: [plain] },
      );
      const target = {
        name: balancer.dnsName,
        zoneId: balancer.zoneId,
        evaluateTargetHealth: true,
      };
      const records = hosts.map((host, index) => {
        const { name: resource, aliases } = recordResource(name, hosts, index);
        return new aws.route53.Record(
          resource,
          { zoneId: zones[index] ?? '', name: host, type: 'A', aliases: [target] },
          { ...inside, dependsOn: [secure], aliases: [...aliases] },
        );
      });
      this.url = pulumi.all(records.map(({ fqdn }) => fqdn)).apply(() => `https://${first}`);
    }
    this.networks = [args.vpcCidr];
    this.registerOutputs({ url: this.url, targets: attached.length });
  }
}
