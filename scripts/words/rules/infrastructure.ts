import type { WordRule } from '../word-rule.ts';
import { oldOutput } from './reasons.ts';

const infra = ['infra', 'test/infra'];

/** Words of the Pulumi program. */
export const infrastructureRules: readonly WordRule[] = [
  {
    not: ['joint'],
    in: 'identifiers',
    say: 'connection, prod outputs',
    except: [
      {
        files: [
          'CHANGELOG.md',
          'infra/config/prod-connection.ts',
          'infra/stacks/make-stack.ts',
          'infra/stacks/prod-outputs.ts',
          'test/infra/config/prod-connection.test.ts',
          'test/infra/engine/connection.test.ts',
        ],
        texts: ['joint'],
        because: oldOutput,
      },
    ],
  },
  {
    not: ['neighbourhood'],
    in: 'both',
    say: 'prod network',
    except: [
      {
        files: [
          'infra/config/prod-connection.ts',
          'test/infra/config/prod-connection.test.ts',
          'test/infra/engine/connection.test.ts',
        ],
        texts: ['neighbourhood'],
        because: oldOutput,
      },
    ],
  },
  { not: ['place'], in: 'identifiers', below: ['infra'], say: 'shared network' },
  { not: ['door'], in: 'identifiers', below: infra, say: 'client access' },
  {
    not: ['site'],
    in: 'identifiers',
    below: infra,
    say: 'target',
    except: [
      {
        files: ['infra/targets/aws/target.ts', 'infra/targets/digitalocean/target.ts'],
        texts: ['perch:aws:Site', 'perch:digitalocean:Site'],
        because: 'the type of a resource in stacks of release 0.1',
      },
    ],
  },
  { not: ['around'], in: 'identifiers', below: infra, say: 'component' },
  {
    not: ['settings'],
    in: 'identifiers',
    below: ['services', 'targets', 'hosts', 'images', 'release'].map((room) => `infra/${room}`),
    say: 'Args, the arguments of a Pulumi component',
  },
  { not: ['go duration'], in: 'identifiers', say: 'docker duration' },
  { not: ['port neighbour'], in: 'identifiers', say: 'port conflicts' },
  { not: ['half made', 'leftover'], in: 'both', say: 'pending creates' },
  {
    not: [/\bperch member release\b/],
    in: 'prose',
    say: 'perch member deregister',
    except: [{ files: ['CHANGELOG.md'], because: 'names the old name of the command' }],
  },
];
