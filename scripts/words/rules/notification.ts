import type { WordRule } from '../word-rule.ts';
import { storedNames, publicJson, publicOption } from './reasons.ts';

const storedDetails = [
  'runtime/core/alerting/stored-details.ts',
  'test/core/alerting/stored-details.test.ts',
];
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

/** Words of notifications and incidents. */
export const notificationRules: readonly WordRule[] = [
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
          'infra/deploy/release-reading.ts',
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
];
