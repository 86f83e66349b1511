/** Commands that bring up what `perch init` has written. Pure. */
import type { Answers, PinnedServer } from './answers.ts';
import { ciFiles } from './files/ci/ci-args.ts';
import { shellWord } from '../../shell/shell-word.ts';
import { canaryBranch } from './repository/canary-branch.ts';
import { loginWords } from './server-words.ts';

export interface DoneSteps {
  /** True if the stacks are made and have their key. */
  readonly hasStacks: boolean;
}

const keyPlaceholder = 'FILE_OF_THE_KEY';

interface Step {
  readonly command: string;
  readonly note?: string;
}

/** Next commands, in the order in which they have to run. */
export function nextSteps(
  answers: Answers,
  servers: readonly PinnedServer[],
  done: DoneSteps,
): string {
  const { canary, dockerfile } = answers;
  const parts = [
    part('Let the key in on each server:', keySteps(answers, servers)),
    part('Make the stacks:', done.hasStacks ? [] : stackSteps(answers)),
    part('Set what only you know:', secretSteps(answers, done)),
    `The application has to listen on port ${answers.appPort} and to answer ${answers.healthPath} with 200: perch:appPort\nand perch:healthPath in Pulumi.prod.yaml say otherwise.`,
    part('See what is missing, and release:', [
      { command: 'npx perch doctor' },
      { command: 'pulumi up --stack prod' },
      { command: 'npx perch --stack prod status' },
    ]),
    part(
      'Then change the application, and release the next version as a canary first:',
      canary === 'prod'
        ? [{ command: 'npx perch deploy --stack prod --progressive' }]
        : [
            {
              command: 'npx perch deploy --stack prod --progressive',
              note: 'on the hosts of prod; or',
            },
            {
              command: 'npx perch deploy --stack canary --promote prod',
              note: 'by the canary stack',
            },
          ],
    ),
    ciText(answers),
    dockerfile === 'none'
      ? ''
      : 'Read the Dockerfile: init wrote it by what it saw, and you know your application.',
  ];
  return parts.filter((text) => text !== '').join('\n\n');
}

function part(title: string, steps: readonly Step[]): string {
  if (steps.length === 0) return '';
  const width = Math.max(
    ...steps.map(({ command, note }) => (note === undefined ? 0 : command.length)),
  );
  const lines = steps.map(({ command, note }) =>
    note === undefined ? `  ${command}` : `  ${command.padEnd(width)}   # ${note}`,
  );
  return [title, ...lines].join('\n');
}

function keySteps({ sshKey }: Answers, servers: readonly PinnedServer[]): Step[] {
  const file = fileWord(`${sshKey?.file ?? keyPlaceholder}.pub`);
  return servers.map((server) => ({ command: `ssh-copy-id -i ${file} ${loginWords(server)}` }));
}

/** Word of a command for a file; a `~` in quotes would not be the home. */
function fileWord(file: string): string {
  return file.startsWith('~/') ? `~/${shellWord(file.slice(2))}` : shellWord(file);
}

function stackSteps(answers: Answers): Step[] {
  return [
    {
      command: 'pulumi login',
      note: 'or a backend of your own: pulumi login s3://BUCKET, --local',
    },
    {
      command: 'export PULUMI_CONFIG_PASSPHRASE=...',
      note: 'encrypts secrets; not with Pulumi Cloud',
    },
    ...stacksOf(answers).map((stack) => ({ command: `pulumi stack init ${stack}` })),
  ];
}

function secretSteps(answers: Answers, { hasStacks }: DoneSteps): Step[] {
  const { target, sshKey, registryUsername, alertTo } = answers;
  const file = fileWord(sshKey?.file ?? keyPlaceholder);
  const isCloud = target === 'aws' || target === 'digitalocean';
  const hasKey = hasStacks && sshKey !== undefined;
  const perStack = stacksOf(answers).flatMap((stack): Step[] => [
    ...(target === 'docker' || hasKey
      ? []
      : [{ command: `${setSecret(stack, 'sshPrivateKey')} < ${file}` }]),
    ...(registryUsername === undefined ? [] : [{ command: setSecret(stack, 'registryPassword') }]),
    ...(alertTo.length > 0 && target !== 'aws'
      ? ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((name) => ({
          command: `pulumi config set --stack ${stack} --secret --path 'perch:monitorEnvironment.${name}'`,
          note: 'for SES',
        }))
      : []),
    ...(alertTo.length > 0
      ? []
      : [
          {
            command: setSecret(stack, 'webhookUrl'),
            note: 'alerts, in Slack for example; optional',
          },
        ]),
  ]);
  const credentials =
    target === 'aws'
      ? { command: 'export AWS_PROFILE=...', note: 'or any other credentials of AWS' }
      : { command: 'export DIGITALOCEAN_TOKEN=...' };
  return isCloud ? [...perStack, credentials] : perStack;
}

function setSecret(stack: string, key: string): string {
  return `pulumi config set --stack ${stack} --secret perch:${key}`;
}

/** Stacks that init writes files of. */
export function stacksOf({ canary }: Answers): string[] {
  return canary === 'stack' ? ['prod', 'canary'] : ['prod'];
}

function ciText({ canary, ci }: Answers): string {
  if (ci === 'none') return '';
  const branch = canary === 'stack' ? `, and make the branch ${canaryBranch}` : '';
  return `From CI: set the variables that the head of ${ciFiles[ci]} names${branch}.
Commit everything that init wrote, the stacks' files too: their secrets are encrypted.`;
}
