import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkWords } from '../../scripts/words/check-words.ts';
import type { WordRule } from '../../scripts/words/word-rule.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'perch-words-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** `path:line: found` of every finding in a tree of these files. */
function findings(files: Readonly<Record<string, string>>, rules: readonly WordRule[]): string[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkWords(root, rules).map(({ path, line, found }) => `${path}:${line}: ${found}`);
}

const names: WordRule = { not: ['half made', 'roster'], in: 'identifiers', say: 'something else' };
const phrases: WordRule = { not: ['goes out', /[\d}] %/], in: 'prose', say: 'something else' };
const both: WordRule = { not: ['lane'], in: 'both', say: 'route class' };

test.each([
  [
    'a name in any case',
    'const HALF_MADE = 1;\nclass HalfMade {}',
    ['1: HALF_MADE', '2: HalfMade'],
  ],
  ['a plural', 'const rosters = [];', ['1: rosters']],
  [
    'a private member and a property',
    'class A { #roster = { roster: 1 } }',
    ['1: #roster', '1: roster'],
  ],
  ['a string of one word', "const key = 'roster';", ['1: roster']],
  ['the start of a template', 'const key = `roster:${1}`;', ['1: roster:']],
  ['a name that a comment quotes', '\n// See `#roster`.', ['2: roster']],
])('a word of an identifier is found in %s', (_where, text, expected) => {
  const path = 'runtime/a.ts';
  expect(findings({ [path]: text }, [names])).toEqual(expected.map((hit) => `${path}:${hit}`));
});

test('a word of an identifier is found in the path of a file, and quoted in a document', () => {
  const files = { 'runtime/roster.ts': '', 'docs/a.md': 'Text.\n\nSee `roster` here.' };
  expect(findings(files, [names])).toEqual([
    'docs/a.md:3: roster',
    'runtime/roster.ts:1: runtime/roster.ts',
  ]);
});

test('a word of an identifier is not found in prose, in longer words, or in the path of an import', () => {
  const text = "import './roster.ts';\n// The roster is half made.\nconst rostering = 1;\n";
  expect(findings({ 'runtime/a.ts': text, 'a.md': 'The roster.' }, [names])).toEqual([]);
});

test.each([
  ['a comment of several lines', 'a.ts', '/**\n * The canary goes\n * out.\n */', '2: goes out'],
  ['comments of one line each', 'a.ts', '// The canary goes\n// out.', '1: goes out'],
  ['a message', 'a.ts', "console.log('it Goes out');", '1: Goes out'],
  ['a template, beside a value', 'a.ts', 'const text = `${1} %`;', '1: } %'],
  ['a page', 'a.html', '<p>At 5 % of the traffic', '1: 5 %'],
])('a phrase is found in %s', (_where, name, text, expected) => {
  expect(findings({ [`runtime/${name}`]: text }, [phrases])).toEqual([
    `runtime/${name}:${expected}`,
  ]);
});

test('a phrase is found in documents, stack files, workflows and whatever else people write', () => {
  const files = {
    '.ci/run': '# It goes out.',
    '.dependency-cruiser.cjs': '// It goes out.',
    'package.json': '{ "description": "It goes out." }',
    'runtime/Dockerfile': '# It goes out.',
    'runtime/app/flags.json': '{ "description": "It goes out." }',
    'runtime/app/page/page.css': '/* It goes out. */',
    'README.md': 'It goes\nout.',
    'Pulumi.prod.yaml': '# It goes out.',
    'docs/examples/Pulumi.prod.yaml': '# It goes out.',
    '.github/workflows/deploy.yml': '# It goes out.',
  };
  expect(findings(files, [phrases]).toSorted()).toEqual(
    Object.keys(files)
      .map((path) => `${path}:1: goes out`)
      .toSorted(),
  );
});

test('a phrase is not found in lock files and in the states of deployed stacks', () => {
  const text = '{ "description": "It goes out." }';
  const files = {
    'package-lock.json': text,
    'test/infra/engine/deployed/aws-prod.json': text,
  };
  expect(findings(files, [phrases])).toEqual([]);
});

test('a phrase is not found in code', () => {
  const text = 'const rest = 5 % 3;\nconst goes = 1, out = 2; goes\n/out/.test("");\n';
  expect(findings({ 'runtime/a.ts': text }, [phrases])).toEqual([]);
});

test('a rule for both finds identifiers and prose, once in each line', () => {
  const text = '// The `lane` of a lane.\nconst laneOf = 1;\n';
  expect(findings({ 'runtime/a.ts': text }, [both])).toEqual([
    'runtime/a.ts:1: lane',
    'runtime/a.ts:2: laneOf',
  ]);
});

test('a rule with folders finds nothing elsewhere', () => {
  const files = { 'infra/a.ts': 'const lane = 1;', 'rehearsal/a.ts': 'const lane = 1;' };
  expect(findings(files, [{ ...both, below: ['infra'] }])).toEqual(['infra/a.ts:1: lane']);
});

test('an exception allows its texts in its files, and is reported if nothing needs it any more', () => {
  const except = [{ files: ['runtime/a.ts', 'runtime/b.ts'], texts: ['lane'], because: 'stored' }];
  const files = {
    'runtime/a.ts': "const stored = 'lane';\nconst lanes = 1;",
    'runtime/b.ts': '',
    'runtime/c.ts': 'const lane = 1;',
  };
  expect(findings(files, [{ ...both, except }])).toEqual([
    'runtime/a.ts:2: lanes',
    'runtime/b.ts:1: lane',
    'runtime/c.ts:1: lane',
  ]);
});

test('a comment that is no doc comment may begin with a clause', () => {
  expect(findings({ 'infra/a.ts': '// Whether it is out.\n' }, [])).toEqual([]);
  expect(findings({ 'infra/a.ts': '/** Percent of requests. */\n' }, [])).toEqual([]);
});

test.each(['runtime', 'infra', 'scripts', 'test', 'bench', 'rehearsal'])(
  'a doc comment that begins with a clause is reported in %s',
  (folder) => {
    const clause = '/**\n * Whether it is out.\n */\n';
    expect(findings({ [`${folder}/a.ts`]: clause }, [])).toEqual([
      `${folder}/a.ts:1: Whether it is out.`,
    ]);
  },
);

test('files may have 300 lines, tests, pages and style sheets too, and documents as many as they need', () => {
  const lines = (count: number) => 'f();\n'.repeat(count);
  const files = {
    'infra/long.ts': lines(301),
    'infra/short.ts': lines(300),
    'runtime/long.css': lines(301),
    'runtime/long.html': lines(301),
    'test/long.test.ts': lines(301),
    'test/short.test.ts': lines(300),
    'README.md': lines(400),
    'runtime/flags.json': lines(400),
  };
  expect(findings(files, [])).toEqual([
    'infra/long.ts:301: 301 lines',
    'runtime/long.css:301: 301 lines',
    'runtime/long.html:301: 301 lines',
    'test/long.test.ts:301: 301 lines',
  ]);
});

test('two exported types of one name are reported, in whichever folders they are', () => {
  const files = {
    'infra/a.ts': 'export interface Proxy {}\nexport type Only = 1;\ninterface Inner {}\n',
    'runtime/a.ts': '\nexport class Proxy {}\ninterface Inner {}\n',
    'test/a.ts': 'export type Proxy = 1;\n',
  };
  expect(findings(files, [])).toEqual(['runtime/a.ts:2: Proxy']);
});

test('an import of it is reported in tests', () => {
  const files = {
    'test/a.test.ts': "import { expect,\n it } from 'vitest';\n",
    'test/b.test.ts': "import { it as test } from 'vitest';\n",
    'test/c.test.ts': "import { test } from 'vitest';\nconst it = 1;\n",
  };
  expect(findings(files, [])).toEqual(['test/a.test.ts:2: it', 'test/b.test.ts:1: it']);
});

test('a tree in the words of the house has no findings', () => {
  const files = {
    'ARCHITECTURE.md': 'The judge ejects the canary at 5%.',
    'runtime/member-pool.ts':
      "/** Members that get requests. */\nexport class MemberPool {}\nconst text = 'ejected';\n",
    'test/member-pool.test.ts': "import { test } from 'vitest';\ntest('it is empty', () => {});\n",
    'node_modules/a/a.ts': 'const roster = 1;',
    'runtime/node_modules/a.ts': 'const roster = 1;',
  };
  expect(findings(files, [names, phrases, both])).toEqual([]);
});
