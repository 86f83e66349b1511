/** Texts of `Pulumi.prod.yaml` and `Pulumi.canary.yaml`. Pure. */
import { stringify } from 'yaml';
import type { Key } from '../../../config/schema.ts';
import { dockerBridge } from '../server-words.ts';
import type { Settings } from '../stack-settings.ts';

interface Section {
  readonly keys: readonly Key[];
  readonly comment?: (settings: Settings) => readonly string[];
}

const sections: readonly Section[] = [
  { keys: ['role', 'prodStack', 'target', 'service', 'region'] },
  {
    keys: ['buildContext', 'appPort', 'healthPath', 'healthCommand'],
    comment: () => [
      'The application: the folder of its Dockerfile, its port inside the container, and the path',
      'that answers 200 when it can serve.',
    ],
  },
  {
    keys: ['hosts'],
    comment: () => [
      'The proxies serve https for these names; `pulumi stack output hostAddresses` says which DNS',
      'records to make.',
    ],
  },
  { keys: ['httpPort', 'redisPort'], comment: () => ['Served on loopback only.'] },
  {
    keys: ['servers'],
    comment: ({ servers, role }) => [
      ...(role === 'canary'
        ? ['The machine of the canary: one of its own, or one of prod, with the same name.']
        : ['The first machine runs Redis and the proxy; members are spread over all.']),
      ...(JSON.stringify(servers).includes(`"${dockerBridge}"`)
        ? [
            `privateAddress ${dockerBridge} is Docker's own bridge. With a second machine, each needs an`,
            'address at which only the others reach it.',
          ]
        : []),
    ],
  },
  { keys: ['hostCount'] },
  {
    keys: ['registry', 'registryUsername'],
    comment: ({ registry }) =>
      registry === 'none' ? ['Images travel to the machines by ssh, without a registry.'] : [],
  },
  { keys: ['sshCidrs', 'sshPublicKey'], comment: () => ['Who may reach ssh, and with which key.'] },
  {
    keys: ['steps', 'affinity'],
    comment: () => [
      'Steps of a canary: percent, and minutes at least. The judge takes the next one when the canary is',
      'safe. With too little traffic to say, a step holds; `until: MINUTES` ends it.',
    ],
  },
  { keys: ['alertFrom', 'alertTo'], comment: () => ['Who is notified.'] },
];

/** Settings that stand in one line each. */
const inOneLine: readonly string[] = ['healthCommand', 'hosts', 'sshCidrs', 'alertTo'];

/** Text of a stack's file. */
export function stackFile(settings: Settings): string {
  const parts = sections.flatMap(({ keys, comment }) => {
    const given = keys.filter((key) => settings[key] !== undefined);
    if (given.length === 0) return [];
    const comments = (comment?.(settings) ?? []).map((line) => `  # ${line}\n`);
    return [[...comments, ...given.map((key) => setting(key, settings[key]))].join('')];
  });
  return `${headOf(settings)}config:\n${parts.join('\n')}`;
}

function setting(key: Key, value: unknown): string {
  const isFlow = inOneLine.includes(key);
  const text =
    key === 'steps' && Array.isArray(value)
      ? `perch:steps:\n${value.map((step) => `  - ${flow(step)}`).join('\n')}\n`
      : isFlow
        ? `perch:${key}: ${flow(value)}\n`
        : stringify({ [`perch:${key}`]: value }, { lineWidth: 0 });
  return text.replaceAll(/^(?=.)/gm, '  ');
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

function headOf({ role }: Settings): string {
  const lines =
    role === 'canary'
      ? [
          'The canary: members of the next version that join the prod stack.',
          'npx perch deploy --stack canary --progressive releases to it.',
        ]
      : [
          'The release that everybody gets, and the hosts that it runs on.',
          'npx perch deploy --stack prod --progressive tries a version as a canary in this stack first.',
        ];
  const more = 'Every key is in docs/configuration.md of Perch. Secrets are set by';
  return [...lines, more, 'pulumi config set --secret, which encrypts them in this file.']
    .map((line) => `# ${line}\n`)
    .join('');
}
