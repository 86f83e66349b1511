/** Questions of `perch init` in a terminal. Each answer is checked at once, by the configuration's own rules. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { confirm, isCancel, select, text, type CANCEL_SYMBOL } from '@clack/prompts';
import { schema } from '../../config/schema.ts';
import type { CiChoice, NamedServer } from './answers.ts';
import { whyNoStacks } from './create-stacks.ts';
import { newKey } from './deploy-key.ts';
import { ciFiles } from './files/ci/ci-args.ts';
import type { InitOptions } from './options.ts';
import { readServer } from './server-words.ts';
import { languages, languageSigns } from './repository/language.ts';
import type { Repository } from './repository/repository.ts';
import { answerProblems, expectedParts, isRoot, resolveAnswers } from './resolve.ts';

/** Thrown when somebody presses Ctrl-C, or Escape, at a question. */
export class Cancelled extends Error {}

const targetHints: Readonly<Record<(typeof schema.target.options)[number], string>> = {
  aws: 'EC2 instances that Perch makes',
  digitalocean: 'droplets that Perch makes',
  server: 'machines that you have, reached by ssh',
  docker: "this machine's Docker engine",
};

const ciNames: Readonly<Record<string, string>> = { github: 'GitHub Actions', gitlab: 'GitLab CI' };

const usualRegions: Readonly<Record<string, string>> = {
  aws: 'eu-central-1',
  digitalocean: 'fra1',
};

/** Asks for everything that the options do not say. */
export async function askQuestions(
  options: InitOptions,
  repository: Repository,
): Promise<InitOptions> {
  let given = options;
  /** Asks for one option, unless it is given. */
  const ask = async <K extends keyof InitOptions>(
    name: K,
    question: () => Promise<InitOptions[K]>,
  ) => {
    if (given[name] === undefined) given = { ...given, [name]: await question() };
  };
  /** Problem of a text for an option, if the configuration refuses it. */
  const check =
    (option: string, change: (value: string) => Partial<InitOptions>) =>
    (value: string | undefined) => {
      const answers = resolveAnswers(
        { ...given, ...change(value ?? '') },
        repository,
        'organization',
      );
      const problems = answerProblems(answers, expectedParts(answers.servers, undefined));
      return problems.find((problem) => problem.option === option)?.problem;
    };
  const defaults = () => resolveAnswers(given, repository, 'organization');

  await ask('target', askTarget);
  await ask('service', () =>
    line({
      message: 'Name of the service',
      initialValue: repository.serviceName,
      validate: check('--service', (service) => ({ service })),
    }),
  );
  const { target } = given;
  const isCloud = target === 'aws' || target === 'digitalocean';
  if (target === 'server') await ask('servers', () => askServers(check));
  if (isCloud) {
    await ask('region', () =>
      line({
        message: 'Region',
        initialValue: usualRegions[target],
        validate: check('--region', (region) => ({ region })),
      }),
    );
    await ask('sshCidrs', () =>
      words({
        message: 'Networks that may reach ssh, address/bits, separated by blanks',
        validate: check('--ssh-cidr', (text) => ({ sshCidrs: split(text) })),
      }),
    );
  }
  if (!repository.hasDockerfile) await ask('dockerfile', () => askDockerfile(repository));
  await ask('appPort', () =>
    line({
      message: 'Port on which the application listens in its container',
      initialValue: defaults().appPort,
      validate: check('--app-port', (appPort) => ({ appPort })),
    }),
  );
  await ask('healthPath', () =>
    line({
      message: 'Path that answers 200 when the application can serve',
      initialValue: defaults().healthPath,
      validate: check('--health-path', (healthPath) => ({ healthPath })),
    }),
  );
  if (target !== 'docker') {
    await ask('hosts', () =>
      words({
        message: 'Host names to serve by https, separated by blanks (empty: none yet)',
        validate: check('--host', (text) => ({ hosts: split(text) })),
      }),
    );
    await ask('sshKey', () => askKey(isCloud));
  }
  await ask('alertTo', () =>
    words({
      message: 'Email addresses for alerts, sent by AWS SES, separated by blanks (empty: none yet)',
      validate: check('--alert-to', (text) => ({ alertTo: split(text) })),
    }),
  );
  if (!isCloud && (given.alertTo ?? []).length > 0) {
    await ask('region', () =>
      line({
        message: 'Region of AWS from which SES sends',
        initialValue: usualRegions['aws'],
        validate: check('--region', (region) => ({ region })),
      }),
    );
  }
  if (target !== 'docker') await ask('canary', askCanary);
  if (isRoot(repository)) await ask('ci', () => askCi(repository.folder, defaults().ci));
  if (!given.createsStacks && (await whyNoStacks()) === undefined) {
    const createsStacks = await askWhether('Make the stacks by pulumi stack init now?');
    given = { ...given, createsStacks };
  }
  return given;
}

async function askTarget(): Promise<string> {
  const options = schema.target.options.map((value) => ({ value, hint: targetHints[value] }));
  return await answered(
    select<string>({ message: 'Where do the hosts come from?', options, initialValue: 'server' }),
  );
}

type Check = (
  option: string,
  change: (value: string) => Partial<InitOptions>,
) => (value: string | undefined) => string | undefined;

async function askServers(check: Check): Promise<readonly NamedServer[]> {
  const validate = (value: string | undefined) => {
    const { servers, problem } = serversIn(value ?? '');
    return problem ?? check('--server', () => ({ servers }))(value);
  };
  const value = await line({
    message: 'Servers, separated by blanks: USER@ADDRESS, or USER@ADDRESS,PRIVATE_ADDRESS',
    validate,
  });
  return serversIn(value).servers;
}

function serversIn(text: string) {
  const words = split(text);
  const read = words.map((word, index) => readServer(word, index, words.length));
  const [problem] = read.flatMap((server) => ('problem' in server ? [server.problem] : []));
  return { servers: read.flatMap((server) => ('problem' in server ? [] : [server])), problem };
}

async function askDockerfile({ languages: found }: Repository): Promise<string> {
  const [first] = found;
  const options = [
    ...languages.map((value) => ({
      value,
      label: `write one for ${value}`,
      ...(found.includes(value) && { hint: 'found here' }),
    })),
    { value: 'none', label: 'write none', hint: 'you write one yourself' },
  ];
  const message = `There is no Dockerfile${first === undefined ? `, and no ${languageSigns}` : ''}`;
  return await answered(select<string>({ message, options, initialValue: first ?? 'none' }));
}

async function askKey(isNeeded: boolean): Promise<string | undefined> {
  const choice = await answered(
    select<string>({
      message: 'ssh key with which Perch logs in to the hosts',
      options: [
        { value: newKey, label: 'make a new one' },
        { value: 'path', label: 'use one that is there' },
        ...(isNeeded ? [] : [{ value: 'later', label: 'decide later' }]),
      ],
    }),
  );
  if (choice === 'later') return undefined;
  if (choice === newKey) return newKey;
  return await line({
    message: 'File of the private key, without a passphrase',
    initialValue: '~/.ssh/id_ed25519',
    validate: (value) => ((value ?? '') === '' ? 'must be a file' : undefined),
  });
}

async function askCanary(): Promise<string> {
  return await answered(
    select<string>({
      message: 'Where do canaries run?',
      options: [
        { value: 'stack', label: 'in a stack of their own', hint: 'branches main and develop' },
        { value: 'prod', label: 'in the prod stack, on its hosts', hint: 'one branch' },
      ],
      initialValue: 'stack',
    }),
  );
}

async function askCi(folder: string, initialValue: CiChoice): Promise<string> {
  const files = Object.entries(ciFiles).map(([value, file]) => ({
    value,
    label: ciNames[value] ?? value,
    isFree: !existsSync(join(folder, file)),
    file,
  }));
  const free = files.filter(({ isFree }) => isFree);
  const taken = files.filter(({ isFree }) => !isFree).map(({ file }) => `${file} is there already`);
  return await answered(
    select<string>({
      message: 'Which CI deploys?',
      options: [
        ...free.map(({ value, label }) => ({ value, label })),
        { value: 'none', label: 'none yet', hint: taken.join(', ') },
      ],
      initialValue: free.some(({ value }) => value === initialValue) ? initialValue : 'none',
    }),
  );
}

/** Asks yes or no. The default is no. */
export async function askWhether(message: string): Promise<boolean> {
  return await answered(confirm({ message, initialValue: false }));
}

interface Question {
  readonly message: string;
  readonly initialValue?: string | undefined;
  readonly validate: (value: string | undefined) => string | undefined;
}

async function line({ message, initialValue, validate }: Question): Promise<string> {
  return await answered(
    text({ message, validate, ...(initialValue !== undefined && { initialValue }) }),
  );
}

async function words(question: Question): Promise<string[]> {
  return split(await line(question));
}

function split(text: string): string[] {
  return text.split(/[\s]+/).filter((word) => word !== '');
}

/** @throws Cancelled if the question was cancelled. */
async function answered<T>(answer: Promise<T | typeof CANCEL_SYMBOL>): Promise<T> {
  const value = await answer;
  if (isCancel(value)) throw new Cancelled();
  return value;
}
