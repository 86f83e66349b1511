import { expect, test } from 'vitest';
import { incompleteConfiguration } from '../../../../infra/operator/doctor/readiness/configuration.ts';
import { Application } from '../init/support/application.ts';

test('a build context with an absolute path has its Dockerfile there', () => {
  using application = new Application({ Dockerfile: 'FROM scratch\n' });
  const contexts = [application.folder, '.', `${application.folder}/nowhere`];
  const missing = contexts.map((context) => {
    const values = { 'perch:role': 'prod', 'perch:buildContext': context };
    const config = { values, secretKeys: new Set<string>() };
    const found = incompleteConfiguration(application.folder, 'prod', config);
    return found.some(({ problem }) => problem === 'has no Dockerfile');
  });
  expect(missing).toEqual([false, false, true]);
});
