/**
 * Words that Perch does not use, with the words that it uses instead. Exceptions are names that
 * deployed versions, dashboards or other programs read, each with the files where it may stand.
 */

import type { WordRule } from './word-rule.ts';

const storedNames = 'stored by release 0.1 and read by every version since';
const publicJson = 'a field of JSON that perch prints, unchanged since release 0.1';
const publicOption = 'an option of release 0.1 that still works';
const oldOutput = 'the output of a stack that release 0.1 updated last';
const storedDetails = [
  'runtime/core/alerting/stored-details.ts',
  'test/core/alerting/stored-details.test.ts',
];
const refusalCauses = 'a value of the label `cause` that dashboards read';
const infra = ['infra', 'test/infra'];
const statusReaders = ['infra/deploy/release-health.ts', 'runtime/cli/status-command.ts'];

const storedNotice = {
  files: [
    'test/monitor/notify/notification-pipeline.test.ts',
    'test/store/incidents/outbox.test.ts',
  ],
  texts: ['notice'],
  because: storedNames,
};
const noticeInScript = {
  files: ['runtime/store/incidents/incident-script.ts'],
  because: 'the same stored name in Lua',
};

export const wordRules: readonly WordRule[] = [
  // Ejection
  {
    not: [
      /\b(?:goes|go|going|went|gone) out\b/i,
      /\b(?:takes?|taken|taking|took) (?:[\w'-]+ ){0,3}out\b/i,
      /\bstep(?:s|ped|ping)? aside\b/i,
      /\b(?:told|tells?|orders?) (?:[\w'-]+ ){0,4}to leave\b/i,
      /\bmust go\b/i,
    ],
    in: 'prose',
    say: 'eject, is ejected, self-ejection',
  },
  {
    not: [
      /\bcanary (?:is|was|has been) out\b/i,
      /\b(?:canary|canaries|member) (?:leaves?|left)\b(?! (?:in|of|over)\b)/i,
    ],
    in: 'prose',
    say: 'is ejected, ejects itself',
  },
  {
    not: ['step aside', 'take out', 'taken out', 'go out', 'goes out', 'gone out'],
    in: 'identifiers',
    say: 'eject, self-ejection',
  },
  {
    not: ['leave order', 'leave'],
    in: 'identifiers',
    below: ['runtime', 'test/app'],
    say: 'ejection order',
    except: [
      { files: ['runtime/contract/redis-keys.ts'], texts: ['leave:'], because: storedNames },
    ],
  },
  {
    not: ['condemn', 'condemned', 'condemning'],
    in: 'both',
    say: 'eject without statistics, host ejections',
  },
  { not: ['canary itself'], in: 'identifiers', say: 'self-ejection watch' },
  { not: ['blame', 'blamed'], in: 'identifiers', say: 'attribution' },
  { not: ['rotation', 'roster'], in: 'both', say: 'member pool, member registry; or say eject' },
  {
    not: ['passive ejection', 'passive check', /\bactive and passive\b/i],
    in: 'both',
    say: 'outlier ejection',
  },
  { not: ['member choice'], in: 'identifiers', say: 'least busy' },

  // Notification
  {
    not: ['tell', 'told', 'telling', 'hear', 'heard', 'hearing', 'news'],
    in: 'identifiers',
    say: 'notify, notification, channel event',
  },
  {
    not: ['notice'],
    in: 'identifiers',
    say: 'notification',
    except: [storedNotice],
  },
  {
    // Not the verb.
    not: [/(?<!\b(?:without|users|you) )\bnotices?\b(?! (?:when|whether|that (?:a|nobody)))/i],
    in: 'prose',
    say: 'notification',
    except: [storedNotice, noticeInScript],
  },
  {
    not: [
      /\bt(?:ell|ells|old|elling) (?:people|everybody|the team|of|you)\b/i,
      /\b(?:people|team|nobody|anybody|everybody|somebody|who|you) (?:is|are|was|were) told\b/i,
      /\bhear[ds]?(?: last)? of\b/i,
      /\b(?:people|everybody|the team) (?:hears?|heard)\b/i,
    ],
    in: 'prose',
    say: 'notify, send a notification, learn of',
  },
  {
    not: ['facts', 'headline'],
    in: 'identifiers',
    say: 'incident details, summary',
    except: [
      { files: storedDetails, because: storedNames },
      {
        files: [
          'infra/deploy/deployment.ts',
          'rehearsal/parts/redis-reader.ts',
          'rehearsal/scenarios/judging.ts',
          'test/app/self-ejection/self-ejector.test.ts',
          'test/monitor/notify/webhook/webhook-body.test.ts',
        ],
        texts: ['facts', 'headline'],
        because: publicJson,
      },
      { files: ['infra/deploy/notify.ts'], texts: ['--headline='], because: publicOption },
      {
        files: ['runtime/cli/notify-command.ts', 'CHANGELOG.md'],
        texts: ['headline', '--headline'],
        because: publicOption,
      },
      {
        files: ['test/monitor/monitor.test.ts'],
        texts: ['--headline'],
        because: publicOption,
      },
    ],
  },

  // Rules and the judge
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
  { not: ['observe', 'eyes'], in: 'identifiers', say: 'read inputs, readers' },
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

  // Proxy
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
        files: ['runtime/proxy/http/exchange/exchange.ts'],
        texts: ['no-origin'],
        because: refusalCauses,
      },
      {
        files: ['runtime/proxy/http/message/refusal.ts'],
        because: refusalCauses,
      },
      {
        files: ['runtime/proxy/settings/settings.ts'],
        texts: ['DocumentOrigin'],
        because: 'where the release document comes from',
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

  // Infrastructure
  {
    not: ['joint'],
    in: 'identifiers',
    say: 'connection, prod outputs',
    except: [
      {
        files: [
          'CHANGELOG.md',
          'infra/config/prod-connection.ts',
          'infra/deploy/deployment.ts',
          'infra/index.ts',
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

  // English
  { not: [/[\d}] %/], in: 'prose', say: '5%, without a blank' },
  {
    not: [/[’‘]/],
    in: 'prose',
    say: "a straight apostrophe: '",
    except: [
      {
        files: ['runtime/monitor/notify/sms/sms-text.ts'],
        because: 'replaces typographic quotes in text messages',
      },
    ],
  },
  { not: [/\be-mails?\b/i], in: 'prose', say: 'email' },
  {
    not: [/, for (?:it|they|he|nobody|no one|nothing|there|only|we|this is|that is) /i],
    in: 'prose',
    say: 'because',
  },
  { not: [/\bails?\b/i, /\bso many at most\b/i], in: 'prose', say: 'plain words' },
];
