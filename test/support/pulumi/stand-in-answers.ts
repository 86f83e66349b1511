/** Outputs of real providers and the changes that they replace for, as far as the program depends on them. */
import { createHash } from 'node:crypto';

export type Properties = Record<string, unknown>;
type Answer = (id: string, inputs: Properties) => Properties;

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const texts = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const digest = (value: unknown) => createHash('sha256').update(text(value)).digest('hex');

const address = (network: string, id: string) =>
  `${network}.0.${Number.parseInt(digest(id).slice(0, 2), 16)}`;

const commandAnswer: Answer = (_id, { create }) => {
  const sent = /infra\/image-reference\.ts (\S+) (.+)$/.exec(text(create));
  if (sent !== null) {
    const [, repository, images] = sent;
    return { stdout: `127.0.0.1:30775/${repository}@sha256:${digest(images)}`, stderr: '' };
  }
  const member = /member reserve .*--id=(\S+)/.exec(text(create))?.[1];
  if (member === undefined) return { stdout: '{"generation":7}', stderr: '' };
  const port = 20_000 + (Number.parseInt(digest(member).slice(0, 6), 16) % 10_000);
  const fields = text(create).matchAll(/--(track|version|host)=(\S+)/g);
  const given = Object.fromEntries([...fields].map(([, name, value]) => [name, value]));
  return {
    stdout: JSON.stringify({ ...given, id: member, url: `http://10.0.0.1:${port}`, port }),
    stderr: '',
  };
};

const named: Answer = (id, { name }) => ({ name: name ?? id });

const answers: Record<string, Answer> = {
  'command:local:Command': commandAnswer,
  'command:remote:Command': commandAnswer,
  'docker:index/container:Container': named,
  'docker:index/network:Network': named,
  'docker:index/volume:Volume': named,
  'docker:index/image:Image': (_id, { imageName, build }) => ({
    repoDigest: `${text(imageName).split(':')[0]}@sha256:${digest(build)}`,
  }),
  'docker:index/remoteImage:RemoteImage': (_id, { name }) => ({ repoDigest: name }),
  'random:index/randomId:RandomId': (id) => ({ hex: digest(id).slice(0, 8) }),
  'random:index/randomPassword:RandomPassword': (id) => ({ result: `secret${digest(id)}` }),
  'aws:ec2/instance:Instance': (id) => ({
    privateIp: address('10.42', id),
    publicIp: address('198.51', id),
    arn: `arn:aws:ec2:::${id}`,
  }),
  'aws:ec2/eip:Eip': (id) => ({ publicIp: address('198.51', id) }),
  'aws:ecr/repository:Repository': (_id, { name }) => ({
    arn: `arn:aws:ecr:eu-central-1:123456789012:repository/${text(name)}`,
    repositoryUrl: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/${text(name)}`,
  }),
  'aws:sns/topic:Topic': (id) => ({ arn: `arn:aws:sns:eu-central-1:123456789012:${id}` }),
  'aws:iam/instanceProfile:InstanceProfile': named,
  'aws:iam/role:Role': (id) => ({ name: id, arn: `arn:aws:iam::123456789012:role/${id}` }),
  'aws:ec2/getAmi:getAmi': () => ({ id: 'ami-0123456789abcdef0' }),
  'aws:index/getAvailabilityZones:getAvailabilityZones': () => ({ names: ['a', 'b', 'c'] }),
  'aws:sesv2/getEmailIdentity:getEmailIdentity': () => {
    const details = "reading SESv2 (Simple Email V2) Email Identity: couldn't find resource";
    throw Object.assign(new Error(details), { details });
  },
  'aws:index/getCallerIdentity:getCallerIdentity': () => ({ accountId: '123456789012' }),
  'aws:ecr/getAuthorizationToken:getAuthorizationToken': () => ({
    userName: 'AWS',
    password: `secret${digest('the registry token')}`,
  }),
  'digitalocean:index/droplet:Droplet': (id) => ({
    ipv4Address: address('198.51', id),
    ipv4AddressPrivate: address('10.43', id),
    dropletUrn: `do:droplet:${id}`,
  }),
  'digitalocean:index/vpc:Vpc': (_id, { ipRange }) => ({ ipRange: ipRange ?? '10.43.0.0/20' }),
  'digitalocean:index/tag:Tag': named,
  'digitalocean:index/containerRegistry:ContainerRegistry': named,
  'digitalocean:index/reservedIp:ReservedIp': (id) => ({ ipAddress: address('198.51', id) }),
  'digitalocean:index/containerRegistryDockerCredentials:ContainerRegistryDockerCredentials': (
    id,
  ) => {
    const auth = Buffer.from(`perch:secret${digest(id)}`).toString('base64');
    return {
      dockerCredentials: JSON.stringify({ auths: { 'registry.digitalocean.com': { auth } } }),
    };
  },
  'digitalocean:index/loadBalancer:LoadBalancer': (id) => ({ ip: address('198.51', id) }),
  'aws:lb/loadBalancer:LoadBalancer': (id) => ({ dnsName: `${id}.elb.amazonaws.com` }),
  'aws:route53/getZone:getZone': (_id, { name }) => ({ zoneId: `zone-of-${text(name)}` }),
  'aws:acm/certificate:Certificate': (_id, { domainName, subjectAlternativeNames }) => ({
    arn: `arn:aws:acm:eu-central-1:123456789012:certificate/${text(domainName)}`,
    domainValidationOptions: [domainName, ...texts(subjectAlternativeNames)].map((name) => ({
      domainName: name,
      resourceRecordName: `_proof.${text(name)}`,
      resourceRecordType: 'CNAME',
      resourceRecordValue: '_answer.acm-validations.aws',
    })),
  }),
  'aws:elasticache/parameterGroup:ParameterGroup': (id) => ({ name: id }),
  'aws:elasticache/replicationGroup:ReplicationGroup': () => ({
    primaryEndpointAddress: 'primary.cache.amazonaws.com',
  }),
  'digitalocean:index/certificate:Certificate': (id) => ({
    name: id.replace(/-id$/, '-certificate'),
  }),
  'digitalocean:index/databaseCluster:DatabaseCluster': (id) => ({
    privateUri: `rediss://default:secret${digest(id)}@private-${id}.db.ondigitalocean.com:25061`,
  }),
  'random:index/randomBytes:RandomBytes': (id) => ({
    base64: Buffer.from(digest(id), 'hex').toString('base64'),
  }),
};

export function answersOf(type: string, id: string, inputs: Properties): Properties {
  return answers[type]?.(id, inputs) ?? {};
}

// Properties that the plugin changes in place, or says that it does: Docker cannot change the health
// check. Any other change replaces a container.
const updatable = new Set([
  'healthcheck',
  'memory',
  'memorySwap',
  'restart',
  'wait',
  'waitTimeout',
  'destroyGraceSeconds',
]);

/** Properties of lasting resources that cannot change in place. */
const fixed: Record<string, readonly string[]> = {
  'aws:ec2/vpc:Vpc': ['cidrBlock'],
  'aws:ec2/subnet:Subnet': ['vpcId', 'cidrBlock', 'availabilityZone'],
  'aws:ec2/securityGroup:SecurityGroup': ['name', 'description', 'vpcId'],
  'aws:ec2/instance:Instance': ['ami', 'subnetId', 'associatePublicIpAddress', 'rootBlockDevice'],
  'aws:ecr/repository:Repository': ['name', 'encryptionConfigurations'],
  'aws:elasticache/replicationGroup:ReplicationGroup': ['subnetGroupName', 'port'],
  'aws:lb/loadBalancer:LoadBalancer': ['name', 'loadBalancerType'],
  'digitalocean:index/vpc:Vpc': ['region', 'ipRange'],
  'digitalocean:index/tag:Tag': ['name'],
  'digitalocean:index/droplet:Droplet': ['image', 'region', 'vpcUuid', 'sshKeys', 'userData'],
  'digitalocean:index/sshKey:SshKey': ['publicKey'],
  'digitalocean:index/databaseCluster:DatabaseCluster': ['engine', 'region'],
};

/** True if a change of `key` replaces a resource of `type`. */
export function replacedBy(type: string, key: string): boolean {
  if (type.startsWith('command:')) return key === 'triggers';
  if (type === 'docker:index/container:Container') return !updatable.has(key);
  if (type === 'docker:index/network:Network' || type === 'docker:index/volume:Volume') return true;
  if (type.startsWith('random:')) return true;
  return fixed[type]?.includes(key) === true;
}
