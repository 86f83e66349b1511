import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { checkDrift } from './drift.ts';
import type { Environment, Forge } from './forge.ts';
import { postComment, settleIssue } from './posts.ts';
import { askPulumi, runPulumi } from './pulumi.ts';
import { redacted, secretValues } from './redact.ts';
import { pulumiReport } from './report.ts';

export interface PreviewArguments {
  readonly stack: string;
  /** File for the report. */
  readonly report: string;
  /** Commit that is previewed. Empty: not known. */
  readonly commit: string;
  readonly environment: Environment;
}

/** Previews an update, and writes a report about it. Returns Pulumi's exit code. */
export async function preview(args: PreviewArguments): Promise<number> {
  const { stack, report, commit, environment } = args;
  const { exitCode, output } = await runPulumi(['preview', '--diff', '--stack', stack]);
  const of = commit === '' ? '' : ` of commit \`${commit.slice(0, 12)}\``;
  const text =
    exitCode === 0
      ? `What an update${of} would do. Nothing was changed.`
      : `**The preview${of} failed.** The end of its output says why. Nothing was changed.`;
  const body = pulumiReport({
    title: `Preview of stack ${stack}`,
    text,
    output: withoutSecrets(output, stack, environment),
    jobUrl: jobUrlOf(environment),
  });
  writeFileSync(report, body);
  const { GITHUB_OUTPUT: outputs } = environment;
  if (outputs !== undefined) {
    const end = randomUUID();
    appendFileSync(outputs, `report<<${end}\n${body}\n${end}\n`);
  }
  return exitCode;
}

export interface CommentArguments {
  readonly stack: string;
  /** File of the report. Missing or empty: the job had none, or GitHub withheld it. */
  readonly report: string;
  readonly forge: Forge;
}

/** Writes a preview's report as the one comment. */
export async function commentOnPreview({ stack, report, forge }: CommentArguments): Promise<void> {
  const written = existsSync(report) ? readFileSync(report, 'utf8').trim() : '';
  const none = `### Preview of stack ${stack}\n\n**The preview has no report.** [The job](${forge.jobUrl}) says why.\n`;
  await postComment(forge, `<!-- perch preview ${stack} -->`, written === '' ? none : written);
}

export interface DriftArguments {
  readonly stack: string;
  readonly forge: Forge;
  readonly environment: Environment;
}

/** Checks a stack for drift and keeps its issue. Returns the exit code of the job. */
export async function reportDrift({ stack, forge, environment }: DriftArguments): Promise<number> {
  const drift = await checkDrift({ stack, run: runPulumi, ask: askPulumi });
  const { kind } = drift;
  if (kind === 'failed') {
    console.error(`ci: the check of stack ${stack} failed; its issue stays as it is`);
    return drift.exitCode;
  }
  if (kind === 'updating') {
    console.log(`ci: stack ${stack} was updated during the check; the next one decides`);
    return 0;
  }
  const { jobUrl } = forge;
  const title = `Stack ${stack} has drifted`;
  const issue =
    kind === 'found'
      ? {
          title,
          body: pulumiReport({
            title,
            text: advice(stack),
            output: withoutSecrets(drift.output, stack, environment),
            jobUrl,
          }),
        }
      : undefined;
  const gone = `What runs is what the state of stack ${stack} says: [the job](${jobUrl}) found no drift.`;
  await settleIssue(forge, `<!-- perch drift ${stack} -->`, issue, gone);
  console.log(`ci: stack ${stack} has ${kind === 'found' ? 'drifted' : 'not drifted'}`);
  return 0;
}

function advice(stack: string): string {
  return [
    'What runs is not what the state of the stack says: someone changed or removed it by hand, or a',
    'cloud did. The output says how the state would change. To put back what the configuration says:',
    '',
    '```sh',
    `pulumi refresh --stack ${stack} && npx perch deploy --stack ${stack}`,
    '```',
    '',
    'This issue is updated by every check, and closed once there is no drift.',
  ].join('\n');
}

function withoutSecrets(output: string, stack: string, environment: Environment): string {
  // The file of a stack is named without its organization and project.
  const file = `Pulumi.${stack.split('/').at(-1)}.yaml`;
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return redacted(output, secretValues(environment, text));
}

function jobUrlOf(environment: Environment): string {
  const { CI_JOB_URL, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = environment;
  return CI_JOB_URL ?? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}
