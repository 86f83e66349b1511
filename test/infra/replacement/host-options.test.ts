import { expect, test } from 'vitest';
import { hostOptions } from '../../../infra/replacement/host-options.ts';

test('replace takes a host, a stack and what it may lose', () => {
  expect(hostOptions(['replace', 'web-1', '--stack', 'prod'])).toEqual({
    action: 'replace',
    host: 'web-1',
    stack: 'prod',
    drain: false,
    acceptOutage: false,
    loseRedis: false,
  });
  const all = ['replace', 'web-1', '--stack', 'prod', '--drain', '--lose-redis'];
  expect(hostOptions(all)).toMatchObject({ drain: true, loseRedis: true });
});

test('resize takes a stack', () => {
  expect(hostOptions(['resize', '--stack', 'prod', '--accept-outage'])).toEqual({
    action: 'resize',
    stack: 'prod',
    acceptOutage: true,
  });
});

test.each([
  [[], 'the first word must be replace or resize, got nothing; --stack must be given'],
  [['replace', '--stack', 'prod'], 'replace needs the name of a host'],
  [['replace', 'a', 'b', '--stack', 'prod'], 'too many words: replace a b'],
  [['resize', 'a', '--stack', 'prod'], 'too many words: resize a'],
  [['resize', '--stack', 'prod', '--drain'], '--drain and --lose-redis belong to replace'],
  [
    ['replace', 'a', '--stack', 'prod', '--accept-outage'],
    '--accept-outage must not be given without --drain',
  ],
])('%s is refused with every problem', (args, problem) => {
  expect(() => hostOptions(args)).toThrow(problem);
});
