import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect } from 'vitest';
import { unless, whyNoLinux, whyNoProgram } from '../../../support/skip.ts';
import { until } from '../../../support/until.ts';
import { whyNoSshd } from '../../engine/support/sshd.ts';
import { test } from './fixtures.ts';
import type { Application } from './support/application.ts';

const reason = whyNoSshd() ?? whyNoLinux() ?? whyNoProgram('script');
const enter = '\r';
const clear = '\u0015';
const ctrlC = '\u0003';

/** `npx perch init` in a terminal of its own. */
class Terminal implements Disposable {
  readonly #child;
  readonly #closed: Promise<unknown[]>;
  #shown = '';

  constructor(application: Application, ...options: readonly string[]) {
    const { program, words, options: surroundings } = application.command(['init', ...options]);
    const line = [program, ...words].map((word) => `'${word}'`).join(' ');
    this.#child = spawn(
      'script',
      // A new terminal has no size, and every letter would stand in a line of its own.
      ['-qec', `stty cols 120 rows 40; exec ${line}`, '/dev/null'],
      surroundings,
    );
    this.#closed = once(this.#child, 'close');
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#shown += text));
  }

  /** Waits for a text after the last answer, and types. */
  async answer(question: string, typed: string): Promise<void> {
    await this.sees(question);
    this.#shown = '';
    this.#child.stdin.write(typed);
  }

  async sees(text: string): Promise<string> {
    const shown = () => stripVTControlCharacters(this.#shown);
    await until(() => shown().includes(text), {
      what: `"${text}" in ${shown()}`,
      timeoutMs: 20_000,
    });
    return shown();
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }

  /** Code with which it ended. */
  async end(): Promise<unknown> {
    const [code] = await this.#closed;
    return code;
  }
}

describe('perch init in a terminal', unless(reason), () => {
  test('asks for what no option says, refuses a wrong answer at once, and shows host keys before it writes', async ({
    application,
    sshd,
  }) => {
    using terminal = new Terminal(application, '--ci=github', '--health-path=/up');
    await terminal.answer('Where do the hosts come from?', enter);
    await terminal.answer('Name of the service', `${clear}A B${enter}`);
    await terminal.answer('must be 1 to 63 lower-case letters', `${clear}store${enter}`);
    await terminal.answer('Servers, separated by blanks', `root@a@b${enter}`);
    await terminal.answer('must be [NAME=]', `${clear}${sshd.user}@127.0.0.1:${sshd.port}${enter}`);
    await terminal.answer('There is no Dockerfile', enter);
    await terminal.answer('Port on which the application listens', `${clear}8080${enter}`);
    await terminal.answer('Host names to serve by https', `shop.example.com${enter}`);
    await terminal.answer('must be your own', `${clear}shop.perch.internal${enter}`);
    await terminal.answer('ssh key with which Perch logs in', enter);
    await terminal.answer('Email addresses for alerts', enter);
    await terminal.answer('Where do canaries run?', `\u001b[B${enter}`);
    await terminal.sees('SHA256:');
    expect(application.has('Pulumi.yaml')).toBe(false);
    await terminal.answer('Are these the fingerprints of your servers?', `y`);
    expect(await terminal.end()).toBe(0);
    expect(application.read('Pulumi.yaml')).toContain('name: "store"');
    expect(application.config('prod')).toMatchObject({
      'perch:appPort': '8080',
      'perch:healthPath': '/up',
      'perch:hosts': '["shop.perch.internal"]',
    });
    expect(application.has('Pulumi.canary.yaml')).toBe(false);
    expect(application.read('Dockerfile')).toContain('EXPOSE 8080');
  });

  test.for([
    ['an answer to a question', 'Name of the service', ctrlC],
    ['a fingerprint that is not that of the server', 'Are these the fingerprints', 'n'],
  ])('writes nothing after %s', async ([, question = '', typed = ''], { application, sshd }) => {
    const before = application.files();
    using terminal = new Terminal(
      application,
      '--target=server',
      `--server=${sshd.user}@127.0.0.1:${sshd.port}`,
      '--dockerfile=node',
      '--app-port=3000',
      '--health-path=/',
      '--host=shop.perch.internal',
      '--ssh-key=new',
      '--alert-to=team@perch.internal',
      '--region=eu-central-1',
      '--canary=prod',
      '--ci=none',
      ...(question.startsWith('Name') ? [] : ['--service=shop']),
    );
    await terminal.answer(question, typed);
    await terminal.sees('cancelled; nothing was written');
    expect(await terminal.end()).toBe(130);
    expect(application.files()).toEqual(before);
  });
});
