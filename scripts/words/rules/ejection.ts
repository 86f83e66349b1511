import type { WordRule } from '../word-rule.ts';
import { storedNames } from './reasons.ts';

/** Words of ejection. */
export const ejectionRules: readonly WordRule[] = [
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
      /\b(?:the|a|its) (?:canary|member) (?:leaves|left)\b(?! (?:in|of|over)\b)/i,
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
];
