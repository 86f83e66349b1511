/** Answers from options and from what the repository shows, and everything that is wrong with them. */
import { schema } from '../../config/schema.ts';
import { canaryLocations, forges, type Answers, type NamedServer } from './answers.ts';
import type { ReadKey } from './deploy-key.ts';
import type { InitOptions, InitProblem } from './options.ts';
import { languages, languageSigns } from './repository/language.ts';
import type { Repository } from './repository/repository.ts';
import {
  canarySettings,
  prodSettings,
  settingProblems,
  type SettingProblem,
  type HostAccess,
} from './stack-settings.ts';

/** Stands for a host key that nobody has asked for yet. */
const unreadHostKey = 'ssh-ed25519 AAAA';

const dockerfileChoices = [...languages, 'none'] as const;
const targets = schema.target.options;

/** Options of configuration keys. */
const optionOf: Readonly<Record<string, string>> = {
  target: '--target',
  service: '--service',
  appPort: '--app-port',
  healthPath: '--health-path',
  healthCommand: '--health-command',
  hosts: '--host',
  servers: '--server',
  region: '--region',
  sshCidrs: '--ssh-cidr',
  sshPublicKey: '--ssh-key',
  sshPrivateKey: '--ssh-key',
  registry: '--registry',
  registryUsername: '--registry-username',
  alertTo: '--alert-to',
  alertFrom: '--alert-from',
  prodStack: '--organization',
};

const defaultPorts = { go: '8080', ruby: '3000', python: '8000', node: '3000' } as const;

/** Answers where every option that is not given has its default. */
export function resolveAnswers(
  given: InitOptions,
  repository: Repository,
  organization: string,
): Answers {
  const [language] = repository.languages;
  const { target = '', ci, canary, dockerfile } = given;
  const isDocker = target === 'docker';
  return {
    target,
    service: given.service ?? repository.serviceName ?? '',
    appPort:
      given.appPort ?? repository.exposedPort ?? (language ? defaultPorts[language] : '3000'),
    healthPath: given.healthPath ?? '/healthz',
    healthCommand: given.healthCommand,
    hosts: given.hosts ?? [],
    servers: given.servers ?? [],
    region: given.region,
    sshCidrs: given.sshCidrs ?? [],
    sshKey: undefined,
    registry: given.registry,
    registryUsername: given.registryUsername,
    alertTo: given.alertTo ?? [],
    alertFrom: given.alertFrom,
    organization: given.organization ?? organization,
    canary: chosen(canaryLocations, canary) ?? (isDocker ? 'prod' : 'stack'),
    ci: chosen(forges, ci) ?? (isDocker || !isRoot(repository) ? 'none' : repository.forge),
    dockerfile:
      chosen(dockerfileChoices, dockerfile) ??
      (repository.hasDockerfile ? 'none' : (language ?? 'none')),
  };
}

/** True unless the folder lies inside of a git repository, whose CI files are in its root. */
export function isRoot({ folder, root }: Repository): boolean {
  return root === undefined || root === folder;
}

/** Problems of choices that no configuration key has, and of what the repository lacks. */
export function choiceProblems(given: InitOptions, repository: Repository): InitProblem[] {
  const { target, canary, ci, dockerfile, service } = given;
  const problems = [
    target === undefined
      ? { option: '--target', problem: `must be given: ${targets.join(', ')}` }
      : undefined,
    service === undefined && repository.serviceName === undefined
      ? { option: '--service', problem: 'must be given: the folder has no name for it' }
      : undefined,
    choiceProblem('--canary', canaryLocations, canary),
    choiceProblem('--ci', forges, ci),
    choiceProblem('--dockerfile', dockerfileChoices, dockerfile),
    target === 'docker' && canary === 'stack'
      ? {
          option: '--canary',
          problem: 'must be prod on target docker, where one stack has both tracks, got stack',
        }
      : undefined,
    ...dockerfileProblems(given, repository),
    ci !== undefined && ci !== 'none' && !isRoot(repository)
      ? {
          option: '--ci',
          problem: `must be none in a folder of a repository, whose CI is configured in its root, ${repository.root}`,
        }
      : undefined,
  ];
  return problems.filter((problem) => problem !== undefined);
}

function dockerfileProblems(
  { dockerfile, asksNothing }: InitOptions,
  { hasDockerfile, languages: found }: Repository,
): (InitProblem | undefined)[] {
  const option = '--dockerfile';
  if (hasDockerfile) {
    const isAsked = dockerfile !== undefined && dockerfile !== 'none';
    return [isAsked ? { option, problem: 'must be none: there is a Dockerfile' } : undefined];
  }
  if (dockerfile !== undefined || !asksNothing) return [];
  return [
    found.length === 0
      ? {
          option,
          problem: `must be given, because there is no Dockerfile and nothing that shows the language (${languageSigns}): ${dockerfileChoices.join(', ')}`,
        }
      : undefined,
    found.length > 1
      ? {
          option,
          problem: `must be given, because the application may be of ${found.join(' or ')}: ${dockerfileChoices.join(', ')}`,
        }
      : undefined,
  ];
}

function choiceProblem(
  option: string,
  choices: readonly string[],
  value: string | undefined,
): InitProblem | undefined {
  if (value === undefined || choices.includes(value)) return undefined;
  return { option, problem: `must be one of ${choices.join(', ')}, got ${value}` };
}

function chosen<const T extends string>(
  choices: readonly T[],
  value: string | undefined,
): T | undefined {
  return choices.find((choice) => choice === value);
}

/** Parts of the stacks before host keys are read and a new key is made. */
export function expectedParts(
  servers: readonly NamedServer[],
  key: Exclude<ReadKey, { readonly problem: string }> | undefined,
): HostAccess {
  return {
    servers: servers.map((server) => ({ ...server, hostKey: unreadHostKey })),
    sshPublicKey: key?.publicKey,
  };
}

/**
 * Problems that the configuration's rules find in the stacks of these answers, in terms of options.
 * @param privateKey the deploy key, if it is known. Secret.
 */
export function answerProblems(
  answers: Answers,
  parts: HostAccess,
  privateKey?: string,
): InitProblem[] {
  const stacks = [
    prodSettings(answers, parts),
    ...(answers.canary === 'stack' && answers.target !== 'docker'
      ? [canarySettings(answers, parts)]
      : []),
  ];
  const problems = stacks
    .flatMap((settings) => settingProblems(settings, privateKey))
    .filter(([field]) => field !== 'target' || answers.target !== '')
    .map(optionProblem);
  // The service is a part of the full name of the prod stack.
  const hasBadService = problems.some(({ option }) => option === '--service');
  const own = problems.filter(({ option }) => !(hasBadService && option === '--organization'));
  return [...new Map(own.map((found) => [`${found.option} ${found.problem}`, found])).values()];
}

function optionProblem([field, problem]: SettingProblem): InitProblem {
  const [key = '', , part] = field.split('.');
  if (part === 'hostKey') return { option: '--host-key', problem };
  const inside = part === undefined ? '' : `${part} `;
  return { option: optionOf[key] ?? `perch:${field}`, problem: `${inside}${problem}` };
}
