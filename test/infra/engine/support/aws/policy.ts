/** The policy that docs/examples/aws-policy.json documents. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AwsCall } from './aws-engine.ts';

const file = join(import.meta.dirname, '../../../../../docs/examples/aws-policy.json');

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Services whose permissions have another name than their client. */
const prefixes: Readonly<Record<string, string>> = {
  elbv2: 'elasticloadbalancing',
  sesv2: 'ses',
};

/** Members of inputs that name the resource of a call. */
const names = [
  'RoleName',
  'InstanceProfileName',
  'repositoryName',
  'AlarmName',
  'AlarmNames',
  'DashboardName',
  'DashboardNames',
];

/** Operations that the policy refuses to the stacks of `service`, by their action or by a name. */
export function refusedCalls(calls: readonly AwsCall[], service: string): string[] {
  const { Statement } = JSON.parse(readFileSync(file, 'utf8')) as { Statement: Statement[] };
  const refused = calls.filter((call) => !Statement.some((one) => allows(one, call, service)));
  return [...new Set(refused.map(({ service, operation }) => `${service}:${operation}`))];
}

function allows({ Action, Resource }: Statement, call: AwsCall, service: string): boolean {
  const action = `${prefixes[call.service] ?? call.service}:${call.operation}`;
  const matches = (pattern: string) =>
    pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : action === pattern;
  if (![Action].flat().some(matches)) return false;
  const isBound = [Resource].flat().every((resource) => resource.endsWith('SERVICE-*'));
  const named = names.flatMap((name) => [call.input[name] ?? []].flat() as string[]);
  return !isBound || named.every((name) => name.startsWith(`${service}-`));
}
