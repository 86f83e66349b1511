/**
 * Bounds of how many of something a cloud's API takes, and of how long it may be, each with its
 * source. Pure.
 */
import { servedHosts } from './console.ts';
import { hasLoadBalancer, tlsOf, type EdgeValues } from './edge.ts';
import type { Key, Values } from './schema.ts';

export type BoundedValues = EdgeValues &
  Pick<Values, 'service' | 'tags' | 'sshCidrs' | 'healthPath' | 'consoleHost'>;

interface CountBound {
  readonly key: Key;
  readonly target: 'aws';
  /** Most of it. */
  readonly most: number;
  /** Most of it for an account whose quota AWS has raised; undefined: no account can have more. */
  readonly mostRaised?: number;
  readonly count: (values: BoundedValues) => number;
  /** Rest of the sentence "KEY must ... at most N". */
  readonly rule: string;
  /** Reason, after the count that was got. */
  readonly why: string;
  /** Documentation of the bound. */
  readonly source: string;
}

const aws = 'https://docs.aws.amazon.com';

const isOwnNetwork = ({ role, hostStack }: BoundedValues) =>
  role !== 'canary' && hostStack === undefined;

/** Rules beside those of `sshCidrs`: members and Redis, which count for both families, and metrics. */
const furtherRules = 3;
const rulesOfGroup = { usual: 60, raised: 200 } as const;

const certified = (values: BoundedValues) =>
  hasLoadBalancer(values) && tlsOf(values) === 'loadBalancer' ? servedHosts(values).length : 0;

const countBounds: readonly CountBound[] = [
  {
    key: 'tags',
    target: 'aws',
    most: 50,
    // Each resource has a name and the service as tags too.
    count: ({ tags, service }) => Object.keys({ service, Name: '', ...tags }).length,
    rule: 'make, with the tags service and Name,',
    why: 'AWS takes no more for a resource',
    source: `${aws}/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions`,
  },
  {
    key: 'sshCidrs',
    target: 'aws',
    most: rulesOfGroup.usual - furtherRules,
    // The quota of rules times that of groups for an interface, 5, is at most 1,000.
    mostRaised: rulesOfGroup.raised - furtherRules,
    count: (values) => {
      if (!isOwnNetwork(values)) return 0;
      const ipv6 = values.sshCidrs.filter((cidr) => cidr.includes(':')).length;
      return Math.max(ipv6, values.sshCidrs.length - ipv6);
    },
    rule: 'have, of IPv4 and of IPv6,',
    why: 'a security group takes 60 rules of each, 3 of them for other ports',
    source: `${aws}/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups`,
  },
  {
    key: 'hosts',
    target: 'aws',
    most: 10,
    // A rule of every certificate bounds it.
    mostRaised: Infinity,
    count: certified,
    rule: 'have',
    why: 'a certificate of ACM takes no more names',
    source: `${aws}/acm/latest/userguide/acm-limits.html`,
  },
  {
    key: 'healthPath',
    target: 'aws',
    most: 1_024,
    count: (values) => (hasLoadBalancer(values) ? values.healthPath.length : 0),
    rule: 'have, in characters,',
    why: "a target group's health check takes no longer path",
    source: `${aws}/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html`,
  },
];

/** Problems of counts, by key. */
export function countProblems(
  values: BoundedValues,
  raisedQuotas: boolean,
): [key: Key, problem: string][] {
  return countBounds
    .filter(({ target }) => target === values.target)
    .flatMap(({ key, target, most, mostRaised, count, rule, why }): [Key, string][] => {
      const bound = raisedQuotas ? (mostRaised ?? most) : most;
      const got = count(values);
      if (got <= bound) return [];
      const remedy =
        mostRaised === undefined || raisedQuotas
          ? ''
          : '; if AWS has raised this quota of your account, set raisedQuotas';
      return [
        [
          key,
          `must ${rule} at most ${bound} on target ${target}, because ${why}, got ${got}${remedy}`,
        ],
      ];
    });
}
