import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rehearsalOptions } from '../../rehearsal/rehearsal-options.ts';

const read = (...args: string[]) => rehearsalOptions(args, ['split', 'swap']);

test('the defaults are a canary at 25%, no affinity and one worker', () => {
  expect(read()).toEqual({
    weight: 25,
    affinity: 'none',
    port: 8080,
    traffic: undefined,
    workers: 1,
    scenario: undefined,
    report: undefined,
    quick: false,
    tls: false,
  });
});

test('every option is parsed, with its value in the same or in the next word', () => {
  const report = join(tmpdir(), 'report.json');
  expect(
    rehearsalOptions(
      `--weight=33.33 --affinity cookie --port 9000 --traffic 0 --workers 2 --scenario swap --report ${report} --quick --tls`.split(
        ' ',
      ),
      ['split', 'swap'],
    ),
  ).toEqual({
    weight: 33.33,
    affinity: 'cookie',
    port: 9000,
    traffic: 0,
    workers: 2,
    scenario: 'swap',
    report,
    quick: true,
    tls: true,
  });
});

test('--help takes precedence over all other options', () => {
  expect(read('--help', '--weight', '101')).toBe('help');
});

test.for([
  [
    '--weight',
    '101',
    '--weight must be a percentage from 0 to 100 with at most two decimals, got 101',
  ],
  [
    '--weight',
    '25.123',
    '--weight must be a percentage from 0 to 100 with at most two decimals, got 25.123',
  ],
  ['--affinity', 'ip', '--affinity must be none or cookie, got ip'],
  ['--port', '0', '--port must be a whole number from 1 to 65535, got 0'],
  ['--traffic', '1e9', '--traffic must be a whole number from 0 to 2000, got 1e9'],
  ['--workers', '17', '--workers must be a whole number from 1 to 16, got 17'],
  ['--scenario', 'nap', '--scenario must be one of split, swap, got nap'],
  [
    '--report',
    '/nowhere/at/all.json',
    '--report must be a file in a writable folder, got /nowhere/at/all.json',
  ],
  ['--wieght', '25', '--wieght is not an option; did you mean --weight?'],
] as const)(
  'the value in %s %s is refused with field, rule and value',
  ([option, value, message]) => {
    expect(() => read(option, value)).toThrow(
      expect.objectContaining({ code: 'bad_input', message: expect.stringContaining(message) }),
    );
  },
);

test('one message names all problems', () => {
  expect(() =>
    read('--weight', '-1', '--port', 'http', '--quick=yes', '--traffic', 'extra', 'word'),
  ).toThrow(
    [
      '--quick takes no value, got yes',
      'arguments must be options, got word',
      '--weight must be a percentage from 0 to 100 with at most two decimals, got -1',
      '--port must be a whole number from 1 to 65535, got http',
      '--traffic must be a whole number from 0 to 2000, got extra',
    ].join('; '),
  );
});

test('an option given twice, or without its value, is refused', () => {
  expect(() => read('--port', '1', '--port', '2')).toThrow('--port must be given once');
  expect(() => read('--port')).toThrow('--port must have a value');
});
