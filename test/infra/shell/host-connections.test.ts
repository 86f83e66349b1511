import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sshBounds } from '../../../infra/hosts/ssh-bounds.ts';
import { HostConnections } from '../../../infra/shell/host-connections.ts';
import { overSsh } from '../../../infra/shell/over-ssh.ts';
import { runProgram } from '../../../infra/shell/program.ts';
import { writeLogin, type SshAddress } from '../../../infra/shell/ssh-login.ts';
import { startSshd, whyNoSshd, type TestSshd } from '../engine/support/sshd.ts';
import { unless } from '../../support/skip.ts';

const addressOf = ({ address, port, user, hostKey, privateKey }: TestSshd): SshAddress => ({
  host: address,
  port,
  user,
  hostKey,
  privateKey,
});

/** Those of sshd itself. */
const settings = ['MaxStartups 10:30:100', 'MaxSessions 10'];
const numbers = Array.from({ length: 32 }, (_, index) => index);

describe('An sshd with its default bounds', unless(whyNoSshd()), () => {
  test('runs 32 commands at once over one connection', async () => {
    await using sshd = await startSshd({ settings });
    await using connections = new HostConnections();
    const run = (number: number) =>
      connections.run(addressOf(sshd), `sleep 0.2; echo "${number} $SSH_CONNECTION"`);
    const answers = await Promise.all(numbers.map(run));
    expect(answers.map((answer) => Number.parseInt(answer))).toEqual(numbers);
    expect(new Set(answers.map((answer) => answer.split(' ')[2])).size).toBe(1);
  });

  test('keeps 32 streams open, eight a connection', async () => {
    await using sshd = await startSshd({ settings });
    await using connections = new HostConnections();
    const ports = await Promise.all(
      numbers.map(async () => {
        const script = 'echo "$SSH_CONNECTION"; cat > /dev/null';
        const { stdout } = await connections.stream(addressOf(sshd), script);
        const [line] = (await stdout?.iterator().next())?.value.toString().split('\n') ?? [];
        return line.split(' ')[1];
      }),
    );
    expect(new Set(ports).size).toBe(4);
  });

  test('runs 32 commands that connect one by one, because those that it refuses come again', async () => {
    await using sshd = await startSshd({ settings });
    const run = (number: number) => overSsh(addressOf(sshd), `echo ${number}`);
    const answers = await Promise.all(numbers.map(run));
    expect(answers.map(Number)).toEqual(numbers);
  });

  test('raised to the bounds that Perch sets, it refuses none of 32 logins at once', async () => {
    await using sshd = await startSshd({ settings: sshBounds.split('\n') });
    await using folder = await mkdtempDisposable(join(tmpdir(), 'perch-'));
    const { options, destination } = await writeLogin(folder.path, 'host', addressOf(sshd));
    const answers = await Promise.all(
      numbers.map((number) => runProgram('ssh', [...options, ...destination, `echo ${number}`])),
    );
    expect(answers.map(Number)).toEqual(numbers);
  });

  test('a connection that was lost is opened again', async () => {
    await using sshd = await startSshd({ settings });
    await using connections = new HostConnections();
    const address = addressOf(sshd);
    await connections.run(address, 'kill "$PPID"').catch(() => undefined);
    expect(await connections.run(address, 'echo ran')).toBe('ran\n');
  });

  test('a command that takes too long is ended', async () => {
    await using sshd = await startSshd({ settings });
    await using connections = new HostConnections();
    await expect(connections.run(addressOf(sshd), 'sleep 60', { timeoutMs: 300 })).rejects.toThrow(
      'ssh did not end within 0.3 s',
    );
  });
});
