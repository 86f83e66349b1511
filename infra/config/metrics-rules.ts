/** Rules of the ports on which a stack's hosts serve metrics. */
import { memberPorts, metricsPorts } from '../../runtime/contract/ports.ts';
import { edgeFields, httpsPortOf } from './edge.ts';
import { rule, when, type ConfigRule } from './rule.ts';

export const metricsRules: readonly ConfigRule[] = [
  rule([...edgeFields, 'httpPort', 'httpsPort', 'redis', 'redisPort', 'metricsPort'], (values) => {
    const { role, hostStack, httpPort, redis, redisPort, metricsPort: first } = values;
    if (first === undefined || hostStack !== undefined) return [];
    const last = first + metricsPorts.count - 1;
    const ports = `metricsPort and the two ports after it, ${first} to ${last},`;
    const others = [
      ['httpPort', role === 'canary' ? undefined : httpPort],
      ['httpsPort', role === 'canary' ? undefined : httpsPortOf(values)],
      ['redisPort', role === 'canary' || redis !== 'container' ? undefined : redisPort],
    ] as const;
    return [
      ...others.map(([key, port]) =>
        when(
          port !== undefined && port >= first && port <= last,
          'metricsPort',
          `must leave room for ${key}: ${ports} must not be ${port}`,
        ),
      ),
      when(
        last >= memberPorts.first && first <= memberPorts.last,
        'metricsPort',
        `must be outside the ports of members, ${memberPorts.first} to ${memberPorts.last}, with the two ports after it, got ${first}`,
      ),
    ];
  }),
];
