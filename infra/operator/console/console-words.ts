import { PerchError } from '../../../runtime/contract/perch-error.ts';

export const consoleUsage = `Usage: perch --stack NAME console [--read-only] [--no-open]

Serves the stack's console in a monitor of the stack until Ctrl-C, and opens it in a browser here, over
ssh. Changes are events with your name: PERCH_OPERATOR, or user and machine.

  --read-only    only show, change nothing
  --no-open      print the URL, and open no browser`;

export interface ConsoleWords {
  readonly isReadOnly: boolean;
  /** True if a browser is to be opened. */
  readonly opens: boolean;
}

const options = { readOnly: '--read-only', noOpen: '--no-open' } as const;

/**
 * Reads the words after `perch console`. Pure.
 * @throws PerchError `bad_input` that names every word that the command does not have.
 */
export function consoleWords(words: readonly string[]): ConsoleWords {
  const known: readonly string[] = Object.values(options);
  const unknown = words.filter((word) => !known.includes(word));
  if (unknown.length > 0) {
    const text = `perch --stack NAME console has no argument ${unknown.join(' and ')}`;
    throw new PerchError('bad_input', `${text}\n\n${consoleUsage}`);
  }
  return {
    isReadOnly: words.includes(options.readOnly),
    opens: !words.includes(options.noOpen),
  };
}
