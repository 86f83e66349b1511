import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PerchError } from '../../runtime/contract/perch-error.ts';

const execute = promisify(execFile);

/**
 * Runs a program to its end.
 * @returns the program's standard output.
 * @throws PerchError `unsupported` if the program is not on PATH; `process_failed`, with the last
 * line of its standard error, if it fails.
 */
export async function runProgram(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await execute(program, args)).stdout;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new PerchError('unsupported', `${program} must be on PATH`, { cause });
    }
    // The message of execFile's error would repeat the whole command.
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
    const line = stderr.trim().split('\n').at(-1)?.trim() || `${program} failed`;
    throw new PerchError('process_failed', line, { cause });
  }
}
