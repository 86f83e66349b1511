import type { WordRule } from '../word-rule.ts';

/** Plain English. */
export const englishRules: readonly WordRule[] = [
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
