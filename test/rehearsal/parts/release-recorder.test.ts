import { expect, test } from 'vitest';
import {
  versionBefore,
  type ReleaseRecordView,
} from '../../../rehearsal/parts/release-recorder.ts';

function release(version: string, more: Partial<ReleaseRecordView> = {}): ReleaseRecordView {
  const common = { track: 'stable', action: 'deploy', outcome: 'served', serves: false };
  return { version, ...common, ...more };
}

test('the version before is the newest that served as stable before the one that serves', () => {
  const history = [
    release('4', { outcome: 'failed' }),
    release('3', { serves: true }),
    release('3'),
    release('2', { track: 'canary' }),
    release('2', { outcome: 'failed' }),
    release('1'),
    release('0'),
  ];
  expect(versionBefore(history)).toBe('1');
});

test.for([
  ['nothing served before', [release('1', { serves: true })]],
  ['nothing serves', [release('2'), release('1')]],
] as const)('there is no version before if %s', ([, history]) => {
  expect(() => versionBefore(history)).toThrow('no version that served before is recorded');
});
