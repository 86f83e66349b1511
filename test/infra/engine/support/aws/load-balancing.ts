/** Elastic Load Balancing. */
import { isDeepStrictEqual } from 'node:util';
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { only, tagList, type AwsResource } from './aws-resource.ts';

const loadBalancer: AwsResource = {
  named: { key: 'name', longest: 32 },
  fixed: ['name', 'loadBalancerType'],
  async create(aws, inputs) {
    const made = await aws.call('elbv2:CreateLoadBalancer', {
      Scheme: 'internet-facing',
      Type: inputs.must('loadBalancerType'),
      ...inputs.capitalized('name', 'securityGroups', 'subnets'),
      Tags: tagList(aws.tagsOf(inputs)),
    });
    const LoadBalancerArn = String(only(made, 'LoadBalancers')['LoadBalancerArn']);
    const Value = String(inputs.must('dropInvalidHeaderFields'));
    await aws.call('elbv2:ModifyLoadBalancerAttributes', {
      LoadBalancerArn,
      Attributes: [{ Key: 'routing.http.drop_invalid_header_fields.enabled', Value }],
    });
    return LoadBalancerArn;
  },
  async read(aws, id) {
    const found = await aws.call('elbv2:DescribeLoadBalancers', { LoadBalancerArns: [id] });
    const { DNSName, CanonicalHostedZoneId } = only(found, 'LoadBalancers');
    return { arn: id, dnsName: DNSName, zoneId: CanonicalHostedZoneId };
  },
  async delete(aws, id) {
    await aws.call('elbv2:DeleteLoadBalancer', { LoadBalancerArn: id });
  },
};

const targetGroup: AwsResource = {
  named: { key: 'name', longest: 32 },
  fixed: ['name', 'port', 'protocol', 'vpcId'],
  async create(aws, inputs) {
    const check = inputs.part('healthCheck');
    const made = await aws.call('elbv2:CreateTargetGroup', {
      ...inputs.capitalized('name', 'port', 'protocol', 'vpcId'),
      ...check.as('HealthCheckPath', 'path'),
      ...check.as('HealthCheckIntervalSeconds', 'interval'),
      ...check.as('HealthyThresholdCount', 'healthyThreshold'),
      ...check.as('UnhealthyThresholdCount', 'unhealthyThreshold'),
      Tags: tagList(aws.tagsOf(inputs)),
    });
    check.refuseRest();
    const TargetGroupArn = String(only(made, 'TargetGroups')['TargetGroupArn']);
    const Value = String(inputs.must('deregistrationDelay'));
    await aws.call('elbv2:ModifyTargetGroupAttributes', {
      TargetGroupArn,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value }],
    });
    return TargetGroupArn;
  },
  async read(aws, id) {
    only(await aws.call('elbv2:DescribeTargetGroups', { TargetGroupArns: [id] }), 'TargetGroups');
    return { arn: id };
  },
  async delete(aws, id) {
    await aws.call('elbv2:DeleteTargetGroup', { TargetGroupArn: id });
  },
};

const target = ({ targetGroupArn, targetId, port }: Properties) => ({
  TargetGroupArn: targetGroupArn,
  Targets: [{ Id: targetId, Port: port }],
});

const targetGroupAttachment: AwsResource = {
  fixed: ['targetGroupArn', 'targetId', 'port'],
  async create(aws, inputs) {
    const [targetGroupArn, targetId] = [inputs.text('targetGroupArn'), inputs.text('targetId')];
    const port = inputs.must('port');
    await aws.call('elbv2:RegisterTargets', target({ targetGroupArn, targetId, port }));
    return `${targetGroupArn}-${targetId}`;
  },
  async read(aws, _id, state) {
    await aws.call('elbv2:DescribeTargetHealth', target(state));
    return {};
  },
  async delete(aws, _id, state) {
    await aws.call('elbv2:DeregisterTargets', target(state));
  },
};

const listener: AwsResource = {
  fixed: ['loadBalancerArn'],
  async create(aws, inputs) {
    const actions = inputs.parts('defaultActions');
    const DefaultActions = actions.map((action) => {
      const redirect = action.part('redirect');
      const RedirectConfig = redirect.capitalized('protocol', 'port', 'statusCode');
      redirect.refuseRest();
      return {
        ...action.capitalized('type', 'targetGroupArn'),
        ...(Object.keys(RedirectConfig).length > 0 && { RedirectConfig }),
      };
    });
    for (const action of actions) action.refuseRest();
    const CertificateArn = inputs.may('certificateArn');
    const made = await aws.call('elbv2:CreateListener', {
      ...inputs.capitalized('loadBalancerArn', 'port', 'protocol', 'sslPolicy'),
      ...(CertificateArn !== undefined && { Certificates: [{ CertificateArn }] }),
      DefaultActions,
      Tags: tagList(aws.tagsOf(inputs)),
    });
    return String(only(made, 'Listeners')['ListenerArn']);
  },
  async read(aws, id) {
    only(await aws.call('elbv2:DescribeListeners', { ListenerArns: [id] }), 'Listeners');
    return { arn: id };
  },
  async update(aws, { id, before, after }) {
    const { certificateArn: CertificateArn, ...rest } = after;
    const { certificateArn: _former, ...former } = before;
    if (Object.keys(rest).some((key) => !isDeepStrictEqual(rest[key], former[key]))) {
      throw new Error('only the certificate of a listener is known to change in place');
    }
    const Certificates = [{ CertificateArn }];
    await aws.call('elbv2:ModifyListener', { ListenerArn: id, Certificates });
  },
  async delete(aws, id) {
    await aws.call('elbv2:DeleteListener', { ListenerArn: id });
  },
};

export const loadBalancing: Record<string, AwsResource> = {
  'aws:lb/loadBalancer:LoadBalancer': loadBalancer,
  'aws:lb/targetGroup:TargetGroup': targetGroup,
  'aws:lb/targetGroupAttachment:TargetGroupAttachment': targetGroupAttachment,
  'aws:lb/listener:Listener': listener,
};
