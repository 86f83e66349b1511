import { expect, test } from 'vitest';
import { makeBothTracks } from '../../../infra/stacks/both-tracks.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';
import { composed, type MadeResource } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const application = {
  beforeRelease: ['migrate'],
  workers: { mailer: { command: ['work'] } },
};

const made = (values: Record<string, unknown>) =>
  composed(() => makeBothTracks(configFor('docker', { ...application, ...values })));

/** Log driver and options of the containers of the application, and of those of Perch. */
function logsOf(resources: readonly MadeResource[]) {
  const containers = resources.filter(({ type }) => type.endsWith(':Container'));
  const logOf = ({ inputs: { logDriver, logOpts } }: MadeResource) => ({ logDriver, logOpts });
  const isOwn = ({ name }: MadeResource) => !/^(stable|canary)-/.test(name);
  const hook = resources.find(({ name }) => name === 'before-release');
  return {
    application: containers.filter((container) => !isOwn(container)).map(logOf),
    own: containers.filter(isOwn).map(logOf),
    hook: JSON.stringify(hook?.inputs['stdin']).match(/--log-[a-z]+=[^' ]*/g),
  };
}

const files = { logDriver: 'json-file', logOpts: { 'max-size': '10m', 'max-file': '3' } };

test('members, workers and hooks have bounded files on the host, unless the stack wants another log', async () => {
  const logs = logsOf(await made({}));
  expect(logs.application).toEqual([files, files, files, files]);
  expect(logs.hook).toEqual([
    '--log-driver=json-file',
    '--log-opt=max-size=10m',
    '--log-opt=max-file=3',
  ]);
});

test("members, workers and hooks have the stack's log driver, Perch's own containers files as before", async () => {
  const logOptions = { 'syslog-address': 'udp://logs.perch.internal:514', tag: '{{.Name}}' };
  const logs = logsOf(await made({ logDriver: 'syslog', logOptions }));
  const syslog = { logDriver: 'syslog', logOpts: { mode: 'non-blocking', ...logOptions } };
  expect(logs.application).toEqual([syslog, syslog, syslog, syslog]);
  expect(logs.own.length).toBeGreaterThan(0);
  expect(logs.own).toEqual(logs.own.map(() => files));
  expect(logs.hook).toEqual([
    '--log-driver=syslog',
    '--log-opt=mode=non-blocking',
    '--log-opt=syslog-address=udp://logs.perch.internal:514',
    '--log-opt=tag={{.Name}}',
  ]);
});

test.each([
  [{ logDriver: 'local' }, { 'max-size': '10m', 'max-file': '3' }],
  [{ logOptions: { 'max-size': '50m' } }, { 'max-size': '50m', 'max-file': '3' }],
  [{ logDriver: 'gelf', logOptions: { mode: 'blocking' } }, { mode: 'blocking' }],
  [{ logDriver: 'none' }, {}],
])('the log %j has the options %j', async (values, logOpts) => {
  expect(logsOf(await made(values)).application[0]?.logOpts).toEqual(logOpts);
});

test.each([
  [
    { logDriver: 'a b' },
    'perch:logDriver must be the name of a log driver of Docker, such as journald',
  ],
  [
    { logOptions: { 'a=b': 'c' } },
    'perch:logOptions.a=b must have names of letters, digits, dots and dashes',
  ],
  [
    { logDriver: 'none', logOptions: { mode: 'blocking' } },
    'perch:logOptions must be empty with logDriver none, which keeps no log',
  ],
  [
    { logDriver: 'splunk', logOptions: { 'splunk-token': 'x' } },
    'perch:logOptions must hold no secret, because Docker shows them to everyone on the host: set splunk-token in the daemon.json of the hosts',
  ],
])('the log %j is refused', (values, problem) => {
  expect(configProblems({ ...valid.docker, ...values }).join()).toContain(problem);
});
