import type { WordRule } from '../word-rule.ts';
import { publicJson } from './reasons.ts';

const statusReaders = ['infra/deploy/release-health.ts', 'runtime/cli/status-command.ts'];

/** Words of rules and of the judge. */
export const judgingRules: readonly WordRule[] = [
  { not: [/\bwell again\b/i], in: 'prose', say: 'resolved, inactive, healthy again' },
  {
    not: [/\bbroken rules?\b/i, /\brules? (?:that )?(?:is|are|was|were) broken\b/i],
    in: 'prose',
    say: 'a firing rule, the rule fires',
  },
  {
    not: ['kept', 'broken rule'],
    in: 'identifiers',
    below: ['runtime/core/alerting', 'runtime/monitor', 'test/core/alerting', 'test/monitor'],
    say: 'inactive; firing rule',
    except: [
      {
        files: ['runtime/monitor/judge/sync-incidents.ts'],
        texts: ['resolvedKeptMs'],
        because: 'how long Redis keeps a resolved incident',
      },
    ],
  },
  {
    not: ['recoveries'],
    in: 'identifiers',
    below: ['runtime/core', 'runtime/monitor', 'test/core', 'test/monitor'],
    say: 'resolutions',
  },
  {
    not: ['gate'],
    in: 'identifiers',
    below: ['runtime', 'rehearsal', 'test'],
    say: 'hard failure',
  },
  { not: ['standing'], in: 'identifiers', say: 'rule evaluation' },
  {
    not: ['look'],
    in: 'identifiers',
    below: ['runtime', 'rehearsal', 'infra', 'test/monitor'],
    say: 'run cycle',
    except: [
      {
        files: ['runtime/monitor/monitor-metrics.ts'],
        texts: ['perch_monitor_looks_total', 'perch_monitor_seconds_since_look'],
        because: 'metrics that dashboards read',
      },
      {
        files: ['runtime/process/monitor-admin.ts'],
        texts: ['looksAround'],
        because: 'a field of the JSON that /readyz answers with since release 0.1',
      },
    ],
  },
  {
    not: ['observe', 'eyes'],
    in: 'identifiers',
    say: 'read inputs, readers',
    except: [
      {
        files: ['runtime/console/page/chart-plot.js'],
        texts: ['observe'],
        because: "a method of the browser's ResizeObserver",
      },
    ],
  },
  { not: ['seen'], in: 'identifiers', below: ['runtime/monitor'], say: 'inputs' },
  { not: ['assess'], in: 'identifiers', say: 'decide' },
  { not: ['explained'], in: 'identifiers', say: 'with crash reason' },
  { not: ['means'], in: 'identifiers', say: 'judge state, context' },
  {
    // Tests and the rehearsal keep a tally of the requests that they send.
    not: ['tally', 'arm', 'tallies'],
    in: 'identifiers',
    below: ['runtime', 'test/core'],
    say: 'trial statistics, track sample',
  },
  {
    not: ['opinion'],
    in: 'both',
    say: 'judge status',
    except: [
      { files: statusReaders, texts: ['opinion'], because: publicJson },
      {
        files: [
          'test/cli/status-command.test.ts',
          'test/infra/deploy/statuses.ts',
          'test/infra/deploy/watch.test.ts',
        ],
        texts: ['opinion'],
        because: publicJson,
      },
    ],
  },
  { not: ['amount'], in: 'identifiers', say: 'format value' },
];
