import { expect, test } from 'vitest';
import { GoodAnswers } from '../../../runtime/proxy/members/good-answers.ts';

const kind = 7;

function remember(bounds: { mostKinds?: number; mostMembers?: number } = {}) {
  return new GoodAnswers<string>({ serves: (member) => member !== 'gone', ...bounds });
}

test('a failure is the fault of the member if another member answers that kind well', () => {
  const answers = remember();
  answers.add(kind, 'stable', 0);
  expect(answers.failed(kind, 'canary', 1)).toBe(0);
});

test('a failure is not the fault of the member if nobody, or only the member, answered that kind well', () => {
  const answers = remember();
  expect(answers.failed(kind, 'canary', 0)).toBeUndefined();
  answers.add(kind, 'canary', 1);
  answers.add(8, 'stable', 1);
  expect(answers.failed(kind, 'canary', 2)).toBeUndefined();
});

test('a member that has failed since does not speak against another one', () => {
  const answers = remember();
  answers.add(kind, 'stable', 0);
  answers.failed(kind, 'stable', 1);
  expect(answers.failed(kind, 'canary', 2)).toBeUndefined();
  answers.add(kind, 'stable', 3);
  expect(answers.failed(kind, 'canary', 4)).toBe(3);
});

test('a member that no longer serves does not speak against another one', () => {
  const answers = remember();
  answers.add(kind, 'gone', 0);
  expect(answers.failed(kind, 'canary', 1)).toBeUndefined();
});

test('the newest good answer of another member is told', () => {
  const answers = remember();
  answers.add(kind, 'stable', 0);
  answers.add(kind, 'other', 1);
  answers.add(kind, 'stable', 2);
  answers.add(kind, 'canary', 3);
  expect(answers.failed(kind, 'canary', 4)).toBe(2);
});

test('a good answer counts for a minute', () => {
  const answers = remember();
  answers.add(kind, 'stable', 0);
  answers.add(kind, 'stable', 30_000);
  expect(answers.failed(kind, 'canary', 90_000)).toBe(30_000);
  expect(answers.failed(kind, 'canary', 90_001)).toBeUndefined();
});

test('the members that answered last are remembered', () => {
  const answers = remember({ mostMembers: 2 });
  for (const [at, member] of ['a', 'b', 'c'].entries()) answers.add(kind, member, at);
  expect(answers.failed(kind, 'b', 3)).toBe(2);
  expect(answers.failed(kind, 'c', 4)).toBeUndefined();
});

test('the kinds that were answered last are remembered, and no more', () => {
  const answers = remember({ mostKinds: 100 });
  for (let one = 0; one < 1_000; one += 1) {
    answers.add(-1, 'stable', one * 1_000);
    answers.add(one, 'stable', one * 1_000);
  }
  expect(answers.size).toBeLessThanOrEqual(100);
  for (let one = 950; one < 1_000; one += 1) {
    expect(answers.failed(one, 'canary', 1_000_000)).toBe(one * 1_000);
  }
  expect(answers.failed(-1, 'canary', 1_000_000)).toBe(999_000);
  expect(answers.failed(0, 'canary', 1_000_000)).toBeUndefined();
});
