import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { motoPython } from '../../../../support/aws/moto.ts';
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';

interface Answer {
  readonly id: number;
  readonly output?: Properties;
  readonly error?: { readonly code: string; readonly message: string };
}

/** An input that AWS or a model of its services refused. */
export class AwsRefusal extends Error {
  readonly code: string;

  constructor(call: string, code: string, message: string) {
    super(`${call}: ${code}: ${message}`);
    this.code = code;
  }
}

/** Calls of AWS through botocore, which judges every input by the model of its service. */
export class AwsCalls {
  readonly #python: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #count = 0;

  constructor(endpoint: string) {
    const script = join(import.meta.dirname, 'calls.py');
    this.#python = spawn(motoPython, [script, endpoint]);
    this.#python.stderr.pipe(process.stderr);
    createInterface(this.#python.stdout).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#python.on('exit', (code) => {
      const error = { code: 'NoAnswer', message: `calls.py ended with ${code}` };
      for (const [id, resolve] of this.#waiting) resolve({ id, error });
    });
  }

  /** Ends the child, which also ends with this process: its standard input closes. */
  close(): void {
    this.#python.kill();
  }

  /** @throws AwsRefusal */
  async call(region: string, operation: string, input: Properties): Promise<Properties> {
    const id = (this.#count += 1);
    const [service, name] = operation.split(':');
    const request = { id, service, region, operation: name, input };
    const { output, error } = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#python.stdin.write(`${JSON.stringify(request)}\n`);
    });
    if (error !== undefined) throw new AwsRefusal(operation, error.code, error.message);
    return output ?? {};
  }
}
