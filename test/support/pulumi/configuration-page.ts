import { secretKeys } from '../../../infra/config/schema.ts';
import { declaredKeys } from './stack-config.ts';

/** Text of docs/configuration.md. */
export function configurationPage(): string {
  const rows = Object.entries(declaredKeys()).map(
    ([full, { type, description, default: value }]) => {
      const key = full.replace('perch:', '');
      const kind = secretKeys.some((secret) => secret === key) ? `${type}, secret` : type;
      return `- **\`${key}\`** (${kind}; ${defaultText(value)}): ${description}`;
    },
  );
  return [
    '# Configuration',
    '',
    'A stack is configured by `Pulumi.<stack>.yaml`; every key belongs to the namespace `perch`.',
    'Unknown keys, wrong values and combinations that make no sense are refused, all at once,',
    'before anything is made. Complete examples: [AWS](../Pulumi.prod.yaml),',
    '[its canary](../Pulumi.canary.yaml), [one machine](../Pulumi.local.yaml),',
    '[DigitalOcean and servers](examples).',
    '',
    'Set a secret with `pulumi config set --secret KEY`; a secret in the clear is refused.',
    'This page is generated from [Pulumi.yaml](../Pulumi.yaml): `npm run docs`.',
    '',
    ...rows,
    '',
  ].join('\n');
}

function defaultText(value: unknown): string {
  if (value === undefined) return 'must be set';
  const isEmpty = value === '' || (typeof value === 'object' && JSON.stringify(value).length === 2);
  return isEmpty ? 'not set by default' : `default \`${JSON.stringify(value)}\``;
}
