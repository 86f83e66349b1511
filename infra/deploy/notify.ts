import { firstLine } from './failure.ts';

const longest = 400;

/** Words of `perch notify` for a stack that notifies nobody. */
const noChannel = 'the configuration must contain email, sms or webhook';

export interface DeploymentNotification {
  readonly stack: string;
  /** One sentence without its full stop: what happened. */
  readonly summary: string;
  readonly actions: readonly string[];
  /** Last log lines of the containers that failed, each text with the container in its first line. */
  readonly logs: readonly string[];
}

/**
 * Notifies the team through a monitor, which has the channels and their secrets. Never throws: the
 * deployment has already failed for another reason, and that one must be reported.
 * @param perch runs a `perch` command in a monitor of the service.
 */
export async function notify(
  perch: (words: readonly string[]) => Promise<string>,
  { stack, summary, actions, logs }: DeploymentNotification,
): Promise<void> {
  const words = [
    'notify',
    '--rule=deployment-failed',
    `--subject=${stack}`,
    // A monitor of release 0.1 may run there: it knows --summary only by this name, which later
    // monitors still accept. Send --summary from release 0.3 on.
    `--headline=${summary.slice(0, longest)}`,
    ...(actions.length === 0 ? [] : ['--action', ...actions.map((text) => text.slice(0, longest))]),
  ];
  const withLogs = logs.length === 0 ? words : [...words, '--log', ...logs];
  try {
    const sent = await perch(withLogs).catch(async (error: unknown) => {
      // A monitor of release 0.2 or older does not know the option.
      if (withLogs === words || !firstLine(error).includes("'--log'")) throw error;
      return await perch(words);
    });
    console.log(`deploy: notified: ${sent.trim().split('\n').join('; ')}`);
  } catch (error) {
    const reason = firstLine(error);
    console.error(
      reason.includes(noChannel)
        ? 'deploy: nobody was notified: neither email, SMS nor a webhook is configured'
        : `deploy: some notifications were not delivered: ${reason}`,
    );
  }
}
