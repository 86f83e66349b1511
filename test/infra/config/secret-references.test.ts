import { expect, test } from 'vitest';
import { parseConfig } from '../../../infra/config/stack-config.ts';
import { secretKeys, valid } from '../../support/pulumi/config-problems.ts';
import { rawConfig } from '../../support/pulumi/stack-config.ts';

const nothingEncrypted = new Set<string>();

function secrets(
  secretEnvironment: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
  encrypted: ReadonlySet<string> = nothingEncrypted,
) {
  const raw = rawConfig({ ...valid.docker, secretEnvironment });
  return parseConfig(raw, encrypted, environment).secretEnvironment;
}

test('a secret comes from the variable that it names, and need not be encrypted', () => {
  const given = { DATABASE_URL: 'env:DATABASE_URL', TOKEN: 'env:CI_TOKEN' };
  const environment = { DATABASE_URL: 'postgres://db/shop', CI_TOKEN: 'env:literal', OTHER: 'x' };
  expect(secrets(given, environment)).toEqual({
    DATABASE_URL: 'postgres://db/shop',
    // A value that begins with env: itself is given by a variable.
    TOKEN: 'env:literal',
  });
});

test('every variable that is not set or empty is named at once', () => {
  const given = { DATABASE_URL: 'env:DATABASE_URL', TOKEN: 'env:CI_TOKEN', KEY: 'env:KEY' };
  expect(() => secrets(given, { KEY: 'there', CI_TOKEN: '' })).toThrow(
    "the stack's configuration is not valid:\n" +
      '  perch:secretEnvironment.DATABASE_URL must name a variable that has a value in this environment, got env:DATABASE_URL\n' +
      '  perch:secretEnvironment.TOKEN must name a variable that has a value in this environment, got env:CI_TOKEN',
  );
});

test('a value beside a reference must be encrypted, as before', () => {
  const given = { DATABASE_URL: 'env:DATABASE_URL', TOKEN: 'hunter2' };
  const environment = { DATABASE_URL: 'postgres://db/shop' };
  expect(() => secrets(given, environment)).toThrow(/perch:secretEnvironment must be encrypted/);
  expect(secrets(given, environment, secretKeys)).toMatchObject({ TOKEN: 'hunter2' });
});

test('what follows env: must be a name, and an error never shows what else it is', () => {
  const parse = () => secrets({ TOKEN: 'env:hunter-2' }, {}, secretKeys);
  expect(parse).toThrow(
    /perch:secretEnvironment\.TOKEN must be env: and the name of a variable \(its value is not shown\)/,
  );
  expect(parse).not.toThrow(/hunter/);
});
