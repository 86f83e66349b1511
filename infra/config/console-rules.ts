/** Rules about the console's own host name. */
import { isWildcard } from '../../runtime/contract/host-name.ts';
import { consoleService, nameRule, namePattern } from '../../runtime/contract/names.ts';
import { edgeFields, hostNames, routedHosts, tlsOf } from './edge.ts';
import { needs, rule, when, type ConfigRule } from './rule.ts';

export const consoleRules: readonly ConfigRule[] = [
  rule(['consoleHost', 'consoleSignIn', 'consoleClientSecret'], (values) => {
    const { consoleHost, consoleSignIn, consoleClientSecret } = values;
    if (consoleHost === undefined) {
      const problem = 'must not be set without consoleHost';
      return [
        when(consoleSignIn !== undefined, 'consoleSignIn', problem),
        when(consoleClientSecret !== undefined, 'consoleClientSecret', problem),
      ];
    }
    const reason = 'with consoleHost: without a sign-in, anybody could change the release';
    return [
      needs('consoleSignIn', consoleSignIn, reason),
      needs('consoleClientSecret', consoleClientSecret, 'with consoleHost'),
    ];
  }),
  rule([...edgeFields, 'consoleHost', 'service'], (values) => {
    const { role, hostStack, consoleHost, service } = values;
    if (consoleHost === undefined || hostStack !== undefined) return [];
    if (role === 'canary') {
      return [['consoleHost', 'must not be set in role canary: set it in its prod stack']];
    }
    const name = consoleService(service);
    return [
      when(isWildcard(consoleHost), 'consoleHost', `must be no wildcard, got ${consoleHost}`),
      when(
        hostNames(values).includes(consoleHost),
        'consoleHost',
        `must not be one of the service's own hosts, got ${consoleHost}`,
      ),
      when(
        routedHosts(values).length === 0,
        'consoleHost',
        'must not be set without hosts: the proxies would refuse every host name but that of the console',
      ),
      when(
        routedHosts(values).length > 0 && tlsOf(values) === 'none',
        'consoleHost',
        'must not be set with tls none: whoever signs in needs https',
      ),
      when(
        !namePattern.test(name),
        'service',
        `must be short enough that ${name}, the console's own service, is a name too: ${nameRule}`,
      ),
    ];
  }),
];
