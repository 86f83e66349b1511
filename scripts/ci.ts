/**
 * `node scripts/ci.ts COMMAND`: what jobs of GitHub Actions and GitLab CI say about a stack. It uses
 * no packages, so a job that only speaks to the service installs none.
 */
import { parseArgs } from 'node:util';
import { currentForge } from './ci/current-forge.ts';
import { commentOnPreview, preview, reportDrift } from './ci/commands.ts';

const usage = `Usage: node scripts/ci.ts COMMAND --stack NAME [OPTIONS]

  preview --stack NAME --report FILE [--commit COMMIT]
      Preview an update of the stack, and write a report for a comment. In GitHub Actions it is the
      step's output \`report\` too.
  comment --stack NAME --report FILE
      Write the report as the one comment on the pull request or merge request.
  drift --stack NAME
      Compare what runs with the stack's state. Open or update one issue if they differ, and close
      it otherwise.`;

const commands = {
  preview: ['report'],
  comment: ['report'],
  drift: [],
} as const satisfies Record<string, readonly string[]>;
type Command = keyof typeof commands;

function isCommand(word: string | undefined): word is Command {
  return word !== undefined && Object.hasOwn(commands, word);
}

interface Arguments {
  readonly command: Command;
  readonly stack: string;
  readonly report: string;
  readonly commit: string;
}

/** Returns the arguments, or a line that says what is wrong with them. */
function parse(args: readonly string[]): Arguments | string {
  try {
    const text = { type: 'string' } as const;
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { stack: text, report: text, commit: text },
      allowPositionals: true,
    });
    const [command, ...others] = positionals;
    if (!isCommand(command) || others.length > 0) {
      return `COMMAND must be ${Object.keys(commands).join(' or ')}, got ${positionals.join(' ')}`;
    }
    const missing = ['stack' as const, ...commands[command]].find((name) => !values[name]);
    if (missing !== undefined) return `--${missing} must be given`;
    const { stack = '', report = '', commit = '' } = values;
    return { command, stack, report, commit };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function run({ command, stack, report, commit }: Arguments): Promise<number> {
  const { env } = process;
  if (command === 'preview') return await preview({ stack, report, commit, environment: env });
  const forge = currentForge(env);
  if (command === 'drift') return await reportDrift({ stack, forge, environment: env });
  await commentOnPreview({ stack, report, forge });
  return 0;
}

const parsed = parse(process.argv.slice(2));
if (typeof parsed === 'string') {
  console.error(`ci: ${parsed}\n\n${usage}`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await run(parsed);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`ci: ${error.message}`);
    process.exitCode = 1;
  }
}
