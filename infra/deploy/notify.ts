import { firstLine } from './failure.ts';

const longest = 400;

export interface DeploymentNotification {
  readonly stack: string;
  /** What happened, a sentence without its full stop. */
  readonly summary: string;
  readonly actions: readonly string[];
}

/**
 * Tells people as alerts do: a monitor has the channels, their secrets and the words. Never throws:
 * it comes last, and the deployment has failed for another reason.
 * @param perch runs a `perch` command in a monitor of the service.
 */
export async function notify(
  perch: (words: readonly string[]) => Promise<string>,
  { stack, summary, actions }: DeploymentNotification,
): Promise<void> {
  const words = [
    'notify',
    '--rule=deployment-failed',
    `--subject=${stack}`,
    // The monitor that runs may be of release 0.1, which knows --summary by this name only. Say
    // --summary once no stack can have such a monitor any more.
    `--headline=${summary.slice(0, longest)}`,
    ...(actions.length === 0 ? [] : ['--action', ...actions.map((text) => text.slice(0, longest))]),
  ];
  try {
    console.log(`deploy: told people: ${(await perch(words)).trim().split('\n').join('; ')}`);
  } catch (error) {
    console.error(`deploy: not everybody was told: ${firstLine(error)}`);
  }
}
