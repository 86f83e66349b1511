import type { WordRule } from '../word-rule.ts';
import { storedNames } from './reasons.ts';

const refusalCauses = 'a value of the label `cause` that dashboards read';

/** Words of the proxy. */
export const proxyRules: readonly WordRule[] = [
  { not: ['lane'], in: 'both', say: 'route class' },
  {
    not: ['share'],
    in: 'identifiers',
    below: ['runtime/proxy'],
    say: 'split',
    except: [
      {
        files: ['runtime/proxy/routing/member-pool.ts'],
        texts: ['mostEjectedShare'],
        because: 'a share of the members, not a route',
      },
    ],
  },
  {
    not: ['origin'],
    in: 'identifiers',
    below: ['runtime/proxy'],
    say: 'upstream',
    except: [
      {
        files: [
          'runtime/proxy/http/contract/limits.ts',
          'runtime/proxy/http/exchange/exchange-deadline.ts',
          'runtime/proxy/http/upstream/upstream-pool.ts',
        ],
        texts: ['originTimeoutMs', 'idleOriginTimeoutMs'],
        because: 'keys of the configuration since release 0.1',
      },
      {
        files: ['runtime/proxy/http/exchange/exchange-client.ts'],
        texts: ['no-origin'],
        because: refusalCauses,
      },
      {
        files: ['runtime/proxy/http/message/refusal.ts'],
        because: refusalCauses,
      },
      {
        files: ['runtime/proxy/http/h2/hpack/static-table.ts'],
        texts: ['access-control-allow-origin'],
        because: 'a field of RFC 7541',
      },
    ],
  },
  { not: ['forced'], in: 'identifiers', below: ['runtime/proxy'], say: 'override' },
  {
    not: ['unsplit'],
    in: 'both',
    say: 'excluded',
    except: [
      { files: ['runtime/contract/traffic-fields.ts'], texts: ['unsplit'], because: storedNames },
    ],
  },
  { not: ['wire'], in: 'identifiers', say: 'socket io, socket handler' },
  { not: ['intake'], in: 'both', say: 'request reader' },
  {
    not: ['wanted'],
    in: 'identifiers',
    below: ['runtime/proxy', 'test/proxy'],
    say: 'expecting',
  },
  {
    not: ['draft'],
    in: 'identifiers',
    below: ['runtime/proxy', 'test/proxy'],
    say: 'outgoing request, outgoing response',
  },
  { not: ['spread hash'], in: 'identifiers', say: 'stable hash' },
  { not: ['reach redis'], in: 'identifiers', say: 'connect or defer' },
];
