import { expect, test } from 'vitest';
import { programSettings } from '../../../infra/recovery/stack-configuration.ts';

test('settings of a program are those of its last update, as configuration', () => {
  expect(programSettings({ settings: { value: { role: 'prod', steps: '[]' } } })).toEqual({
    'perch:role': { value: 'prod', secret: false },
    'perch:steps': { value: '[]', secret: false },
  });
});

test.each([{}, { settings: { value: 7 } }, { settings: { value: { steps: [] } } }])(
  'a stack without settings of a program has none: %o',
  (outputs) => {
    expect(programSettings(outputs)).toEqual({});
  },
);
