import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  bootstrapScript,
  ipv6BootstrapScript,
  securityUpdates,
} from '../../../infra/hosts/bootstrap.ts';
import { PreparedMachine } from './support/prepared-machine.ts';

const daemonJson = 'etc/docker/daemon.json';
const ready = { status: 0, stdout: '29.0\n', stderr: '' };
const restartStops =
  'warning: a restart of Docker stops the containers on this machine; set "live-restore": true in /etc/docker/daemon.json, then run: systemctl reload docker\n';

let machine: PreparedMachine;

beforeEach(() => {
  machine = new PreparedMachine();
});
afterEach(() => machine[Symbol.dispose]());

const reloads = () => (machine.read('systemctl') ?? '').match(/reload docker/g)?.length ?? 0;

test('a login that is not root gets Docker, joins the group docker, and its session is ready at once', () => {
  machine.withoutDocker();
  machine.write('groups', 'deploy');
  expect(machine.run(bootstrapScript)).toEqual(ready);
  expect(machine.read('usermod')).toBe('deploy docker');
});

test('a login outside the group docker joins it where Docker is there already', () => {
  machine.write('groups', 'deploy sudo');
  expect(machine.run(bootstrapScript)).toEqual(ready);
  expect(machine.read('usermod')).toBe('deploy docker');
  expect(machine.read('apt-get')).toBeUndefined();
});

test('a machine that is prepared already stays as it is', () => {
  expect(machine.run(bootstrapScript)).toEqual(ready);
  const before = machine.read(daemonJson);
  expect(machine.run(bootstrapScript)).toEqual(ready);
  expect(machine.read(daemonJson)).toBe(before);
  expect(reloads()).toBe(1);
  for (const file of ['usermod', 'apt-get']) expect(machine.read(file)).toBeUndefined();
});

test("apt's lock is waited for while another process holds it, then Docker is installed", () => {
  machine.withoutDocker();
  machine.write('held', '5');
  expect(machine.run(bootstrapScript)).toEqual({
    ...ready,
    stderr: "waiting for apt's lock, up to 300 s\n",
  });
  expect(machine.read('apt-get')?.split('\n').at(-1)).toContain('install');
});

test("a lock of apt that is never let go fails the host after a bound, with its holder's name", () => {
  machine.withoutDocker();
  machine.write('held', '1000');
  const { status, stderr } = machine.run(bootstrapScript);
  expect(status).toBe(1);
  expect(stderr.trim().split('\n').slice(1)).toEqual([
    'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 42 (unattended-upgr)',
    "another process held apt's lock for 300 s: wait until it has ended, then run the update again",
  ]);
});

test('any other failure of apt fails the host at once, with its reason', () => {
  machine.withoutDocker();
  machine.programs.addFailing('apt-get', 'E: Unable to locate package docker.io');
  expect(machine.run(bootstrapScript)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /^E: Unable to locate package docker.io\napt-get update failed\n$/,
    ) as unknown,
  });
});

test.each([
  { before: undefined, after: { 'live-restore': true } },
  { before: '{}', after: { 'live-restore': true } },
  { before: '{\n  \n}', after: { 'live-restore': true } },
  {
    before: '{\n  "log-opts": { "max-size": "10m" },\n  "debug": false\n}',
    after: { 'live-restore': true, 'log-opts': { 'max-size': '10m' }, debug: false },
  },
])('live-restore is added to the configuration of Docker $before', ({ before, after }) => {
  if (before !== undefined) machine.write(daemonJson, before);
  expect(machine.run(bootstrapScript)).toEqual(ready);
  expect(JSON.parse(machine.read(daemonJson) ?? '')).toEqual(after);
  expect(machine.read(`${daemonJson}.before-perch`)).toBeUndefined();
  expect(reloads()).toBe(1);
});

test.each(['{"live-restore": false}', '{"debug": broken'])(
  'a configuration of Docker that cannot get live-restore stays as it is, and is told: %s',
  (config) => {
    machine.write(daemonJson, config);
    const { status, stderr } = machine.run(bootstrapScript);
    expect(status).toBe(0);
    expect(stderr.endsWith(restartStops)).toBe(true);
    expect(machine.read(daemonJson)).toBe(config);
    expect(machine.read(`${daemonJson}.before-perch`)).toBeUndefined();
  },
);

test('a Docker that does not take live-restore over gets no new file', () => {
  machine.programs.add('systemctl', 'case "$*" in "reload docker") exit 1;; esac');
  expect(machine.run(bootstrapScript)).toMatchObject({ status: 0, stderr: restartStops });
  expect(machine.read(daemonJson)).toBeUndefined();
});

test('a Docker in swarm mode, which knows no live-restore, stays as it is', () => {
  machine.write('swarm', 'active');
  expect(machine.run(bootstrapScript).stderr).toMatch(/^warning: Docker is in swarm mode/);
  expect(machine.read(daemonJson)).toBeUndefined();
});

test('a clock that nothing keeps is kept by systemd-timesyncd, which is installed if need be', () => {
  machine.write('active', '');
  expect(machine.run(bootstrapScript)).toEqual(ready);
  expect(machine.read('active')).toBe('systemd-timesyncd');
  expect(machine.read('apt-get')).toBeUndefined();
  machine.write('active', '');
  machine.write('units', '');
  expect(machine.run(bootstrapScript)).toEqual(ready);
  expect(machine.read('active')).toBe('systemd-timesyncd');
});

test('a clock that chrony keeps stays its, and a chrony that does not run is told and not replaced', () => {
  machine.write('units', 'chrony');
  machine.write('active', 'chrony');
  expect(machine.run(bootstrapScript)).toEqual(ready);
  machine.write('active', '');
  const { status, stderr } = machine.run(bootstrapScript);
  expect(status).toBe(0);
  expect(stderr).toMatch(/^warning: nothing known keeps the clock of this machine/);
  expect(machine.read('apt-get')).toBeUndefined();
});

test('created hosts get unattended security updates', () => {
  expect(machine.run(`${bootstrapScript}${securityUpdates}`)).toEqual(ready);
  expect(machine.read('etc/apt/apt.conf.d/60-perch-upgrades')).toBe(
    'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";',
  );
});

test('a Docker before 27 is told what its containers lack for IPv6, unless it is set', () => {
  const script = ipv6BootstrapScript;
  expect(machine.run(script)).toEqual(ready);
  machine.programs.add(
    'docker',
    'case "$*" in version*) echo 20.10.24+dfsg1;; *Swarm*) echo inactive;; *) echo true;; esac',
  );
  expect(machine.run(script).stderr).toMatch(
    /^warning: members on this machine reach no other by IPv6/,
  );
  machine.write(daemonJson, '{"ip6tables": true, "experimental": true}');
  expect(machine.run(script)).toMatchObject({ status: 0, stderr: '' });
});

test('a Docker that Perch installs gives containers IPv6, and a configuration that is there stays as it is', () => {
  machine.withoutDocker();
  expect(machine.run(ipv6BootstrapScript)).toEqual(ready);
  const forIpv6 = { experimental: true, ip6tables: true };
  expect(JSON.parse(machine.read(daemonJson) ?? '')).toEqual({ 'live-restore': true, ...forIpv6 });
  machine.withoutDocker();
  machine.write(daemonJson, '{"debug": true}');
  expect(machine.run(ipv6BootstrapScript)).toEqual(ready);
  expect(machine.read(daemonJson)).toBe('{"debug": true}');
});

test('a default route from router advertisements is kept when Docker lets the kernel forward', () => {
  const routes = 'etc/sysctl.d/60-perch-ipv6.conf';
  machine.programs.add('sysctl', 'echo "$@" >> "$ROOT/sysctl"');
  expect(machine.run(ipv6BootstrapScript)).toEqual(ready);
  expect(machine.read(routes)).toBeUndefined();
  // The kernel of the tests' own loopback heeds advertisements, as that of a machine does for eth0.
  machine.programs.add('ip', "echo 'default via fe80::1 dev lo proto ra metric 1024 pref medium'");
  expect(machine.run(ipv6BootstrapScript)).toEqual(ready);
  expect(machine.read(routes)).toBe('net/ipv6/conf/lo/accept_ra = 2');
  expect(machine.read('sysctl')).toContain('60-perch-ipv6.conf');
  machine.programs.add('ip', "echo 'default via fe80::1 dev missing proto static'");
  expect(machine.run(ipv6BootstrapScript)).toMatchObject({ status: 0 });
});
