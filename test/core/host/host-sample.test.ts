import { expect, test } from 'vitest';
import { hostSampleSchema, type HostSample } from '../../../runtime/core/host/host-sample.ts';

const least: HostSample = { host: 'host-1', at: 1, disks: [], workloads: [], problems: [] };

test('a sample may lack values that could not be read', () => {
  const workloads = [{ id: 'pid:7', name: 'canary-1' }];
  const sample = { ...least, workloads };
  expect(hostSampleSchema.parse(sample)).toEqual(sample);
});

test("unknown fields of a newer monitor's sample are ignored", () => {
  expect(hostSampleSchema.parse({ ...least, gpuPercent: 3 })).toEqual(least);
});

test.each([
  ['a share below zero', { cpuPercent: -1 }],
  ['a time that is no whole number', { at: 1.5 }],
  ['memory that is no number', { memoryTotalBytes: null }],
  ['a workload of no track', { workloads: [{ id: 'c', name: 'app', track: 'blue' }] }],
  ['disks that are missing', { disks: undefined }],
])('a sample with %s is refused as a whole', (_what, wrong) => {
  expect(hostSampleSchema.safeParse({ ...least, ...wrong }).success).toBe(false);
});
