import { PerchError } from '../../runtime/contract/perch-error.ts';
import { shellWord } from '../shell/shell-word.ts';
import type { OperatorCommand } from './command.ts';
import { containersOn, requireNamed } from './containers.ts';
import { streamsHere } from './remote-perch.ts';

const usage = `Usage: perch --stack NAME exec MEMBER -- COMMAND [ARGUMENT ...]

  MEMBER    the id of a member, as in the output of perch status, or another container by its name:
            proxy@web-1, monitor@web-1, or mail@web-1 for the worker mail on the host web-1`;

/** `perch exec`: runs a command in the container of a member. */
export const execCommand: OperatorCommand = {
  summary: 'Run a command in the container of a member, with a terminal if there is one.',
  usage,
  async run({ stack, connections, signal }, words) {
    const [member = '', dashes, ...command] = words;
    if (member === '' || member.startsWith('-') || dashes !== '--' || command.length === 0) {
      throw new PerchError('bad_input', `a member and a command must be given\n\n${usage}`);
    }
    const lists = stack.hosts.map((host) => containersOn(connections, stack, host));
    const settled = await Promise.allSettled(lists);
    const running = settled
      .flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
      .filter(({ status }) => status.startsWith('Up'));
    if (!running.some(({ name }) => name === member)) {
      // A host that does not answer may have it.
      for (const list of settled) if (list.status === 'rejected') throw list.reason;
    }
    const { id, host } = requireNamed('member', member, running);
    const address = stack.hosts.find(({ name }) => name === host)?.address;
    const streams = streamsHere();
    const options =
      streams === 'terminal' ? '--interactive --tty --env "TERM=$TERM"' : '--interactive';
    const script = `exec docker exec ${options} ${id} ${command.map(shellWord).join(' ')}`;
    const attached = streams === 'none' ? 'input' : streams;
    return await connections.attach(address, script, { streams: attached, signal });
  },
};
