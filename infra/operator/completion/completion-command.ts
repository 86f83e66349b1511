import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { completionChoices } from './choices.ts';
import { completionShells } from './shells.ts';

/**
 * `perch completion`: returns the script of a shell that completes `perch`.
 * @throws PerchError `bad_input` for another shell.
 */
export async function completionScript(words: readonly string[]): Promise<string> {
  const shells = [...completionShells.keys()];
  const [shell = ''] = words;
  const script = completionShells.get(shell);
  if (script === undefined || words.length > 1) {
    const given = words.length === 0 ? 'none' : words.join(' ');
    throw new PerchError('bad_input', `the shell must be ${shells.join(', ')}, got ${given}`);
  }
  return script(await completionChoices(shells));
}
