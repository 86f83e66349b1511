import { Option, type Command } from 'commander';
import { env } from '../contract/env.ts';
import { errorMessage } from '../contract/error-message.ts';
import { PerchError } from '../contract/perch-error.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import type { MemberOutcome } from '../core/analysis/member-trial.ts';
import { activate, drain } from '../core/release/transitions.ts';
import { requireKnownMember } from './absence.ts';
import { judgeMember } from './judge-member.ts';
import { example, idSchema, subcommand, type WaitOptions } from './member-options.ts';
import { print, timeoutMs, wholeNumber } from './output.ts';
import { change, changeOf, withPatientSession } from './session.ts';
import { untilApplied } from './wait.ts';

type ActivateOptions = WaitOptions & { readonly judge: number };

const notJudged = { kind: 'good', sentence: undefined } as const;

/** `perch member activate`: activates a member, and drains it again if it is found bad. */
export function activateCommand(): Command {
  return subcommand(
    'activate',
    'Activate a member. Wait until every live proxy applies the change.',
  )
    .option('--timeout <ms>', 'time to wait for the proxies', timeoutMs, 30_000)
    .addOption(
      new Option(
        '--judge <seconds>',
        'judge the member beside the others of its track for up to this time, and drain it if it fails where they do not',
      )
        .argParser(wholeNumber(0, 3_600))
        .env(env.judgeSeconds)
        .default(0),
    )
    .addHelpText('after', example('activate --id shop-1 --judge 10'))
    .action(async (options: ActivateOptions) => {
      const { id } = requireInput(parseInput(idSchema, options));
      const { generation, outcome } = await activateAndJudge(id, options);
      const { kind, sentence } = outcome;
      if (kind === 'bad') await drainBad(id, sentence, options.timeout);
      const text = `member ${id} is active, generation ${generation}`;
      if (sentence === undefined) print(options, { id, generation }, text);
      else print(options, { id, generation, judged: sentence }, `${text}: ${sentence}`);
    });
}

interface Activated {
  readonly generation: number;
  readonly outcome: Exclude<MemberOutcome, { kind: 'running' }> | typeof notJudged;
}

async function activateAndJudge(id: string, options: ActivateOptions): Promise<Activated> {
  return await withPatientSession(async (session) => {
    const deadline = performance.now() + options.timeout;
    const { changed, document } = await changeOf(session, (current) =>
      activate(current, requireKnownMember(current, id).id),
    );
    const { generation, updatedAt } = document;
    const applied = untilApplied(session, generation, deadline);
    if (options.judge === 0) {
      await applied;
      return { generation, outcome: notJudged };
    }
    let isApplied = false;
    const judged = judgeMember(session, {
      id,
      generation,
      isApplied: () => isApplied,
      startedAt: changed ? updatedAt : undefined,
      mostMs: options.judge * 1_000,
    });
    const marked = applied.then(() => {
      isApplied = true;
    });
    const [outcome] = await Promise.all([judged, marked]);
    return { generation, outcome };
  });
}

/**
 * Drains a member that was found bad, so that no further request reaches it.
 * @throws PerchError `member_harmful` with the evidence, always.
 */
async function drainBad(id: string, evidence: string, timeout: number): Promise<never> {
  const text = `member ${id} was drained: ${evidence}`;
  await withPatientSession(async (session) => {
    const { generation } = await change(session, (document) => drain(document, id, evidence));
    try {
      await untilApplied(session, generation, performance.now() + timeout);
    } catch (cause) {
      throw new PerchError('member_harmful', `${text}; ${errorMessage(cause)}`, { cause });
    }
  });
  throw new PerchError('member_harmful', text);
}
