import { expect, test } from 'vitest';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';

const login = { server: 'docker.io', username: 'team', password: 'a-secret-password' };
const problems = (pullLogins: unknown) => configProblems({ ...valid.docker, pullLogins });

test('a list of logins is accepted', () => {
  expect(problems([login, { ...login, server: '127.0.0.1:5000' }])).toEqual([]);
});

test.each([
  [{ ...login, server: 'https://docker.io/' }, '0.server must be the host of a registry'],
  [{ ...login, password: 'a-secret-password\n2' }, '0.password must be one line of text'],
  [{ server: 'docker.io', username: 'team' }, '0.password'],
  [{ ...login, user: 'a-secret-password' }, '0.user is not known'],
  ['a-secret-password', '0'],
])('a wrong login is refused by its field, and its value is not shown (%#)', (wrong, field) => {
  const [problem, ...others] = problems([wrong]);
  expect(problem).toContain(`perch:pullLogins.${field}`);
  expect([problem, ...others].join()).not.toContain('a-secret-password');
});

test('text that is no list is refused, and not shown', () => {
  const [problem] = problems('a-secret-password');
  expect(problem).toContain('perch:pullLogins must be a list (its value is not shown)');
  expect(problem).not.toContain('a-secret-password');
});
