/** Rules of the ports on which a stack's hosts listen. */
import { memberPorts, metricsPorts } from '../../runtime/contract/ports.ts';
import { edgeFields, httpsPortOf } from './edge.ts';
import { rule, when, type ConfigRule } from './rule.ts';
import type { Values } from './schema.ts';

export const portRules: readonly ConfigRule[] = [
  outsideMembers('httpPort'),
  outsideMembers('httpsPort'),
  outsideMembers('redisPort'),
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

/** A member might get the port first; then what the key names could not listen, or the other way round. */
function outsideMembers(key: 'httpPort' | 'httpsPort' | 'redisPort'): ConfigRule {
  const { first, last } = memberPorts;
  return rule(['hostStack', key], (values: Pick<Values, 'hostStack' | typeof key>) => {
    const port = values[key];
    return [
      when(
        values.hostStack === undefined && port >= first && port <= last,
        key,
        `must be outside the ports of members, ${first} to ${last}, got ${port}`,
      ),
    ];
  });
}
