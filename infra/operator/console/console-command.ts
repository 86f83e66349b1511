import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage } from '../../../runtime/contract/error-message.ts';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { defaultPorts } from '../../../runtime/contract/ports.ts';
import type { OperatorCommand } from '../command.ts';
import { controlHost } from '../remote-perch.ts';
import { consoleUsage, consoleWords } from './console-words.ts';
import { openBrowser } from './open-browser.ts';
import { serveConsole } from './served-console.ts';

/** Time in which the console has to answer over the tunnel. */
const answerTimeoutMs = 10_000;

/** Time for the console to end with its last response. Then the connection is closed on it. */
const stopTimeoutMs = 5_000;

/** `perch --stack NAME console`: the console of a stack in a browser here. */
export const consoleCommand: OperatorCommand = {
  summary: 'Open the console of the stack in a browser here, over ssh.',
  usage: consoleUsage,
  async run(context, words) {
    const given = consoleWords(words);
    const { connections, signal, stack } = context;
    const address = await controlHost(context);
    const served = await serveConsole(context, address, given);
    // The same port each time, because the browser remembers things by it.
    const port = await connections.forward(address, served.port, defaultPorts.console);
    const url = `http://127.0.0.1:${port}/`;
    await requireAnswer(url, address?.host);
    console.log(url);
    const opened = given.opens && (await openBrowser(url));
    const next = opened ? '' : 'open this URL in a browser; ';
    console.error(`perch: console of service ${stack.service}; ${next}end with Ctrl-C`);
    if (!signal.aborted) await Promise.race([served.ended, once(signal, 'abort')]);
    if (!signal.aborted) {
      const host = address === undefined ? '' : ` on ${address.host}`;
      throw new PerchError(
        'process_failed',
        `the console${host} ended, or the connection to it was lost`,
      );
    }
    await Promise.race([served.stop(), delay(stopTimeoutMs, undefined, { ref: false })]);
    return 0;
  },
};

async function requireAnswer(url: string, host: string | undefined): Promise<void> {
  try {
    const response = await fetch(new URL('/healthz', url), {
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    if (response.ok) return;
    throw new PerchError('process_failed', `it responded with ${response.status}`);
  } catch (cause) {
    const where =
      host === undefined ? 'here' : `over ssh by ${host}, whose sshd must allow AllowTcpForwarding`;
    const text = `the console cannot be reached ${where}: ${errorMessage(cause)}`;
    throw new PerchError('process_failed', text, { cause });
  }
}
