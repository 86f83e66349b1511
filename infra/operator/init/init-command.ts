/** `perch init`: makes an application's repository a project that Perch releases. */
import { readFileSync, realpathSync } from 'node:fs';
import { intro, outro } from '@clack/prompts';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import type { ProjectCommand } from '../command.ts';
import { homePath } from '../../shell/home-path.ts';
import { pulumiUser } from '../pulumi-cli.ts';
import { doctorText } from '../doctor/doctor-text.ts';
import { readiness } from '../doctor/readiness/readiness.ts';
import type { Answers, PinnedServer } from './answers.ts';
import { createStacks, whyNoStacks } from './create-stacks.ts';
import { makeKey, readKey, type ReadKey } from './deploy-key.ts';
import { plannedFiles } from './files/planned-files.ts';
import { filesInTheWay, writeFiles } from './files/write-files.ts';
import { givenHostKeys } from './given-host-keys.ts';
import { fingerprint, fingerprintCommand, scanHostKeys, type ShownKey } from './host-keys.ts';
import { nextSteps, stacksOf } from './next-steps.ts';
import { initOptions, type InitOptions, type InitProblem } from './options.ts';
import { askQuestions, askWhether, Cancelled } from './questions.ts';
import { readRepository, type Repository } from './repository/repository.ts';
import { answerProblems, choiceProblems, expectedParts, resolveAnswers } from './resolve.ts';
import { serverText } from './server-words.ts';
import { initUsage } from './usage.ts';

type GoodKey = Exclude<ReadKey, { readonly problem: string }>;

/** A call whose options are good, and whose files can all be written. */
interface Plan {
  readonly given: InitOptions;
  readonly repository: Repository;
  readonly answers: Answers;
  readonly key: GoodKey;
}

/** `perch init`. */
export const initCommand: ProjectCommand = {
  summary: "Make the application's repository here a project that Perch releases.",
  usage: initUsage,
  async run(words) {
    try {
      await init(words);
      return 0;
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      console.error('perch: cancelled; nothing was written');
      return 130;
    }
  },
};

async function init(words: readonly string[]): Promise<void> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const { given, problems } = initOptions(words);
  const repository = await readRepository(realpathSync(process.cwd()));
  if (!given.asksNothing && !isTerminal) {
    const rule = {
      option: '--yes',
      problem: 'must be given without a terminal: init asks nothing then',
    };
    refuse([...problems, rule]);
  }
  const asks = !given.asksNothing;
  if (asks) {
    // Files that are in the way whatever is answered, before anybody is asked.
    const least = { ci: 'none', canary: 'prod', dockerfile: 'none' } as const;
    refuse([...problems, ...inTheWay(repository, { ...resolved(given, repository), ...least })]);
    intro('Perch releases the application in this repository.');
  }
  const plan = await planned(
    asks ? await askQuestions(given, repository) : given,
    repository,
    problems,
  );
  const servers = await pinnedServers(plan, asks);
  const { folder } = repository;
  const changes = await writeAll(plan, servers);
  console.log(`\nWritten: ${changes.join(', ')}`);
  const hasStacks = plan.given.createsStacks;
  if (hasStacks) await createStacks(stacksOf(plan.answers), keyText(plan.answers));
  console.log(`\n${nextSteps(plan.answers, servers, { hasStacks })}\n`);
  console.log('npx perch doctor says now:');
  console.log(doctorText(await readiness(folder, 'prod')));
  if (asks) outro('Done.');
}

function resolved(given: InitOptions, repository: Repository, organization = 'organization') {
  return resolveAnswers(given, repository, organization);
}

/** Checks everything before anything is done. */
async function planned(
  given: InitOptions,
  repository: Repository,
  problems: readonly InitProblem[],
): Promise<Plan> {
  const answers = resolved(given, repository, await organizationOf(given));
  const key = await readKey(given.sshKey, answers.service);
  const keyProblem = 'problem' in key ? [{ option: '--ssh-key', problem: key.problem }] : [];
  const good = 'problem' in key ? undefined : key;
  // Where the key itself is wrong, nothing more is said about its option.
  const parts = expectedParts(answers.servers, good);
  const { pinned, problems: hostKeyProblems } = givenHostKeys(answers.servers, given.hostKeys);
  const known = parts.servers.map(
    (server) => pinned.find(({ name }) => name === server.name) ?? server,
  );
  const byRules = answerProblems(answers, { ...parts, servers: known }, good?.privateKey);
  refuse([
    ...problems,
    ...choiceProblems(given, repository),
    ...keyProblem,
    ...byRules.filter(({ option }) => good !== undefined || option !== '--ssh-key'),
    ...hostKeyProblems,
    ...inTheWay(repository, answers),
    ...(await stackProblems(given)),
  ]);
  return { given, repository, answers: { ...answers, sshKey: good?.key }, key: good ?? noKey };
}

async function stackProblems({ createsStacks }: InitOptions): Promise<InitProblem[]> {
  const problem = createsStacks ? await whyNoStacks() : undefined;
  return problem === undefined ? [] : [{ option: '--create-stacks', problem }];
}

const noKey: GoodKey = { key: undefined, privateKey: undefined, publicKey: undefined };

function inTheWay(repository: Repository, answers: Answers): InitProblem[] {
  const files = plannedFiles(repository, answers, { servers: [], sshPublicKey: undefined });
  return filesInTheWay(repository.folder, files).map((path) => ({
    option: path,
    problem: `is there already, and init overwrites nothing${wayOut(path)}`,
  }));
}

function wayOut(path: string): string {
  if (path === 'Pulumi.yaml') return '; docs/library.md of Perch says how its program gets Perch';
  return /^\.git(hub|lab)/.test(path) ? '; --ci none leaves it out' : '';
}

/** @throws PerchError `bad_input` with every problem, if there is one. */
function refuse(problems: readonly InitProblem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ option, problem }) => `  ${option} ${problem}`);
  throw new PerchError('bad_input', `nothing was written:\n${lines.join('\n')}`);
}

/** Organization of the stacks: the user's own on Pulumi Cloud, `organization` on any other backend. */
async function organizationOf({ organization }: InitOptions): Promise<string> {
  if (organization !== undefined) return organization;
  try {
    const { user, url } = await pulumiUser();
    return url.startsWith('https://') ? user : 'organization';
  } catch (error) {
    if (error instanceof PerchError) return 'organization';
    throw error;
  }
}

/** Servers with host keys: those of the options, and those that the servers show. */
async function pinnedServers({ given, answers }: Plan, asks: boolean): Promise<PinnedServer[]> {
  const { pinned, open } = givenHostKeys(answers.servers, given.hostKeys);
  const scanned = await scanHostKeys(open);
  if (scanned.length > 0) console.log(fingerprintText(scanned));
  const isNew = scanned.some(({ isKnown }) => !isKnown);
  if (asks && isNew && !(await askWhether('Are these the fingerprints of your servers?'))) {
    throw new Cancelled();
  }
  const shown = scanned.map(({ server, hostKey }) => ({ ...server, hostKey }));
  const all = [...pinned, ...shown];
  return answers.servers.flatMap(({ name }) => all.filter((server) => server.name === name));
}

function fingerprintText(keys: readonly ShownKey[]): string {
  const lines = keys.flatMap(({ server, hostKey, isKnown }) => [
    `  ${serverText(server)}`,
    `    ${fingerprint(hostKey)} (${hostKey.split(' ')[0]})${isKnown ? ', which ~/.ssh/known_hosts has too' : ''}`,
  ]);
  const commands = [...new Set(keys.map(({ hostKey }) => fingerprintCommand(hostKey)))];
  return `\nHost keys that the servers show. Compare them with what the servers themselves say, on their
consoles (${commands.join('; ')}):
${lines.join('\n')}`;
}

/** Makes the key and writes the files, or does neither. */
async function writeAll(
  { answers, key, repository }: Plan,
  servers: readonly PinnedServer[],
): Promise<readonly string[]> {
  const { sshKey, service } = answers;
  const made = sshKey?.isNew === true ? await makeKey(sshKey, service) : undefined;
  try {
    const sshPublicKey = made?.publicKey ?? key.publicKey;
    const files = plannedFiles(repository, answers, { servers, sshPublicKey });
    const changes = await writeFiles(repository.folder, files);
    return made === undefined ? changes : [`${sshKey?.file} and its .pub`, ...changes];
  } catch (error) {
    await made?.remove();
    throw error;
  }
}

function keyText({ sshKey }: Answers): string | undefined {
  return sshKey && readFileSync(homePath(sshKey.file), 'utf8');
}
