import { PerchError } from '../../runtime/contract/perch-error.ts';

/** Words of one call of `perch`. */
export interface FrontWords {
  /** Stack that the command is about; undefined: none is named. */
  readonly stack: string | undefined;
  /** The command and its arguments, without the stack. */
  readonly words: readonly string[];
  readonly json: boolean;
  /** True for a call that only asks for help. */
  readonly help: boolean;
}

/**
 * Sorts the words of a call. `--stack NAME` may stand anywhere before `--`. Pure.
 * @throws PerchError `bad_input` for a `--stack` without a name, or two of them.
 */
export function frontWords(args: readonly string[]): FrontWords {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const own = args.slice(0, end);
  const words: string[] = [];
  const stacks: string[] = [];
  for (let index = 0; index < own.length; index += 1) {
    const word = own[index] ?? '';
    if (word === '--stack') {
      index += 1;
      stacks.push(own[index] ?? '');
    } else if (word.startsWith('--stack=')) stacks.push(word.slice('--stack='.length));
    else words.push(word);
  }
  const [stack] = stacks;
  if (stacks.some((name) => name === '' || name.startsWith('-'))) {
    throw new PerchError('bad_input', '--stack must be followed by the name of a stack');
  }
  if (stacks.length > 1) {
    throw new PerchError('bad_input', `--stack must be given once, got ${stacks.join(' and ')}`);
  }
  return {
    stack,
    words: [...words, ...args.slice(end)],
    json: words.includes('--json'),
    help:
      words.length === 0 || words[0] === 'help' || words.includes('--help') || words.includes('-h'),
  };
}
