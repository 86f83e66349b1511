/** Secrets of a job, and texts without them. Pure. */
import type { Environment } from './forge.ts';

/** Names of variables that hold secrets, by convention of GitHub, GitLab, AWS and Pulumi. */
const secretName = /TOKEN|SECRET|PASS|PRIVATE|CREDENTIAL|(?:^|_)KEY(?:_|$)/i;
/** A reference of `secretEnvironment` to a variable of the deployment. */
const reference = /\benv:([A-Za-z_]\w*)/g;
/** Shorter values, and switches, are no secrets, but parts of many words. */
const isSecret = (value: string) => value.length >= 4 && !/^(true|false|none|null)$/i.test(value);
/** Shorter lines of a value of several lines, such as the end of a key, say nothing. */
const shortestPart = 8;

/**
 * Values of the job's variables that must not be published.
 * @param stackFile text of `Pulumi.STACK.yaml`, whose `env:` references name some of them.
 */
export function secretValues(environment: Environment, stackFile: string): string[] {
  const referred = new Set([...stackFile.matchAll(reference)].map(([, name]) => name));
  return Object.entries(environment).flatMap(([name, value = '']) =>
    isSecret(value) && (secretName.test(name) || referred.has(name)) ? parts(value) : [],
  );
}

/** A value, its form in URLs, and the lines of which it consists. */
function parts(value: string): string[] {
  const lines = value.split('\n').map((line) => line.trim());
  return [
    value,
    encodeURIComponent(value),
    ...(lines.length > 1 ? lines.filter((line) => line.length >= shortestPart) : []),
  ];
}

/** Replaces secrets in a text as Pulumi does. Longer ones first, because one may contain another. */
export function redacted(text: string, secrets: readonly string[]): string {
  return secrets
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, secret) => left.replaceAll(secret, '[secret]'), text);
}
