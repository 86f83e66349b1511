/** Words that the house bans, each in a sample, against the rules of `scripts/words/rules/`. */
import { expect, test } from 'vitest';
import { findWords } from '../../scripts/words/find-words.ts';
import { wordRules } from '../../scripts/words/rules.ts';
import { sourceText } from '../../scripts/words/source-text.ts';

/** Say this -> path of a sample -> banned identifiers there. */
const identifiers: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'ejection, self-ejection, ejection order': {
    'runtime/a.ts': ['goOut', 'goesOut', 'takeOut', 'condemn', 'leaveOrder', 'stepAside'],
  },
  'notification, channel event': {
    'runtime/a.ts': ['tell', 'telling', 'toldAt', 'hear', 'hearing', 'news', 'notice'],
  },
  'inactive, firing, resolved': {
    'runtime/core/alerting/a.ts': ['keptRules', 'brokenRule', 'recoveries'],
    'runtime/monitor/a.ts': ['keptSince', 'brokenRules', 'recoveriesOf'],
  },
  'rule evaluation': { 'runtime/a.ts': ['standing'] },
  'incident details, summary': { 'runtime/a.ts': ['facts', 'headline'] },
  'run cycle, read inputs, inputs': {
    'runtime/monitor/a.ts': ['look', 'observe', 'eyes', 'seen'],
  },
  'decide, with crash reason, judge state': { 'runtime/a.ts': ['assess', 'explained', 'means'] },
  'hard failure': { 'runtime/a.ts': ['gate', 'gates', 'gateOf'], 'test/a.ts': ['crashGate'] },
  'trial statistics, track sample': { 'runtime/a.ts': ['tally', 'arm'] },
  'judge status': { 'runtime/a.ts': ['opinion'] },
  'attribution, host ejections': { 'runtime/a.ts': ['blame', 'condemned'] },
  'format value': { 'runtime/a.ts': ['amount'] },
  'member pool, member registry': { 'runtime/a.ts': ['rotation', 'roster'] },
  'outlier ejection': { 'runtime/a.ts': ['passiveEjection'] },
  'route class: split, override': { 'runtime/proxy/a.ts': ['lane', 'share', 'forced'] },
  excluded: { 'runtime/a.ts': ['unsplit'] },
  'socket io, request reader, expecting': { 'runtime/proxy/a.ts': ['wire', 'intake', 'wanted'] },
  'outgoing request, outgoing response': {
    'runtime/proxy/a.ts': ['requestDraft', 'responseDraft'],
  },
  'prod outputs, prod network, shared network, client access, target': {
    'infra/a.ts': ['joint', 'neighbourhood', 'place', 'doors', 'site', 'around'],
  },
  'pending creates': { 'infra/a.ts': ['halfMade', 'leftovers'] },
  'docker duration, port conflicts': { 'infra/a.ts': ['goDuration', 'portNeighbours'] },
  'self-ejection watch, connect or defer': { 'runtime/a.ts': ['canaryItself', 'reachRedis'] },
  Args: {
    'infra/services/a.ts': ['ProxySettings'],
    'infra/targets/aws/a.ts': ['settings'],
    'infra/hosts/a.ts': ['HostSettings'],
    'infra/images/a.ts': ['ImageSettings'],
    'infra/release/a.ts': ['WeightSettings'],
  },
  upstream: { 'runtime/proxy/a.ts': ['origin', 'originOf', 'originPool'] },
};

/** Banned phrases, each in a sentence. */
const sentences = [
  'The canary goes out.',
  'The canary is out.',
  'The canary leaves.',
  'The canary left at noon.',
  'The judge takes the canary out.',
  'The monitor condemned it.',
  'It steps aside.',
  'The monitor told it to leave.',
  'It tells people.',
  'The team is told.',
  'People hear of it.',
  'People hear when it ends.',
  'A notice is sent.',
  'The rule is well again.',
  'A broken rule.',
  "The judge's opinion.",
  'The member is in rotation.',
  'Passive ejection.',
  'It is in the override lane.',
  'Half-made containers.',
  'Leftovers of the update.',
  'Run `perch member release`.',
  'At 5 % of the traffic.',
  'It doesn’t.',
  'An e-mail.',
  'It waits, for nobody could ask.',
  'What ails the canary.',
  'So many at most.',
];

const samples = Object.entries(identifiers).flatMap(([say, byPath]) =>
  Object.entries(byPath).flatMap(([path, words]) =>
    words.map((word) => [word, path, say] as const),
  ),
);

test.each(samples)('the name %s in %s is found: say %s', (word, path) => {
  expect(hits(path, `const ${word} = 1;`)).not.toEqual([]);
});

test.each(sentences)('%j is found in a document', (sentence) => {
  expect(hits('docs/a.md', sentence)).not.toEqual([]);
});

test('the words of the house are not found', () => {
  const names = 'ejectionOrder, runCycle, aggregate, originTimeouts, shareOfMembers, gateway';
  expect(hits('infra/a.ts', `const all = [${names}];`)).toEqual([]);
  expect(hits('docs/a.md', 'The canary is ejected; its requests are left in the queue.')).toEqual(
    [],
  );
});

function hits(path: string, text: string): string[] {
  const source = sourceText(path, text);
  return wordRules.flatMap((rule) => findWords(source, rule)).map(({ found }) => found);
}
