import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultVerdictSettings } from '../../../runtime/core/analysis/verdict.ts';
import { noCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import { bucket, counts, testComparison, times, verdictOn } from '../../support/judge/verdict.ts';

test('no data is inconclusive, never safe', () => {
  expect(verdictOn([])).toMatchObject({
    kind: 'inconclusive',
    evidence: { rule: 'none', safety: { requests: 0, relative: 0, absolute: 0 } },
  });
  expect(verdictOn(times(100, counts(500, 0), counts(0, 0)))).toMatchObject({
    kind: 'inconclusive',
  });
});

test('a canary that fails more than stable is harmful, and the evidence says why', () => {
  const verdict = verdictOn(times(3, counts(30, 0), counts(10, 4)));
  expect(verdict).toMatchObject({
    kind: 'harmful',
    evidence: {
      rule: 'errors',
      sinceMs: 0,
      harm: { unit: 'requests', canary: { all: 30, bad: 12 }, stable: { all: 90, bad: 0 } },
      canary: { requests: 30, failures: 12 },
      stable: { requests: 90, failures: 0 },
      harmfulFrom: { errors: 40 },
      buckets: { count: 3, firstMs: 0, lastMs: 20_000 },
    },
  });
  expect(verdict.evidence.eValues.errors).toBeGreaterThan(40);
  expect(verdict.sentence).toBe(
    '12 of 30 canary requests (40.0%) failed, against 0 of 90 stable requests (0.0%)',
  );
});

test('the evidence tells when the harm began, and counts from then on', () => {
  const good = times(60, counts(90, 1), counts(10, 0));
  const bad = times(3, counts(90, 1), counts(10, 5)).map((one, index) => ({
    ...one,
    startMs: (60 + index) * 10_000,
  }));
  const { kind, evidence, sentence } = verdictOn([...good, ...bad]);
  expect(kind).toBe('harmful');
  expect(evidence).toMatchObject({ sinceMs: 600_000, canary: { requests: 630, failures: 15 } });
  expect(sentence).toBe(
    '15 of 30 canary requests (50.0%) failed, against 3 of 270 stable requests (1.1%)',
  );
});

test('a canary that rejects what stable serves is harmful', () => {
  const rejecting = { ...counts(10, 0), rejections: 10 };
  const { kind, evidence, sentence } = verdictOn(
    times(2, { ...counts(90, 0), rejections: 4 }, rejecting),
  );
  expect([kind, evidence.rule]).toEqual(['harmful', 'rejections']);
  expect(sentence).toBe(
    '20 of 20 canary requests (100.0%) were rejected (4xx), ' +
      'against 8 of 180 stable requests (4.4%)',
  );
});

test('twice as many 4xx answers are no harm by default', () => {
  const canary = { ...counts(500, 0), rejections: 20 };
  const stable = { ...counts(4_500, 0), rejections: 90 };
  expect(verdictOn(times(60, stable, canary)).kind).not.toBe('harmful');
});

test('alpha is split over the metrics, half of it for errors', () => {
  const settings = { ...defaultVerdictSettings, alpha: 0.2 };
  const { evidence } = verdictOn(times(1, counts(30, 0), counts(10, 2)), { settings });
  const { errors, latency, rejections } = evidence.harmfulFrom;
  expect(errors).toBe(10);
  expect(1 / errors + 1 / latency + 1 / rejections).toBeCloseTo(0.2, 12);
  const kindFrom = (alpha: number) =>
    verdictOn(times(1, counts(30, 0), counts(10, 2)), {
      settings: { ...defaultVerdictSettings, alpha },
    }).kind;
  const value = evidence.eValues.errors;
  expect([kindFrom(2 / (value * 0.999)), kindFrom(2 / (value * 1.001))]).toEqual([
    'harmful',
    'inconclusive',
  ]);
});

test('a rise below the least increase is no harm, however certain it is', () => {
  const strata = times(60, counts(450_000, 450), counts(50_000, 80));
  const kindFrom = (leastIncrease: number) =>
    verdictOn(strata, { settings: { ...defaultVerdictSettings, leastIncrease } }).kind;
  expect([kindFrom(0.05), kindFrom(0.1)]).toEqual(['harmful', 'inconclusive']);
});

test('the first of several hard failures is the reason', () => {
  const hardFailure = (kind: 'unhealthy' | 'crash-loop') => ({
    kind,
    member: 'canary-1',
    sentence: kind,
  });
  const { sentence, evidence } = verdictOn([], {
    hardFailures: [hardFailure('unhealthy'), hardFailure('crash-loop')],
  });
  expect([sentence, evidence.rule]).toEqual(['unhealthy', 'unhealthy']);
});

test('latency is not judged while the p95 is not known', () => {
  expect(
    verdictOn(times(3, counts(30, 0), counts(10, 0, 10)), { slowAboveMs: undefined }).kind,
  ).not.toBe('harmful');
});

test('a canary that answers well for long enough is safe', () => {
  expect(verdictOn(times(15, counts(90, 0), counts(10, 0))).kind).toBe('inconclusive');
  expect(verdictOn(times(25, counts(90, 0), counts(10, 0)))).toMatchObject({
    kind: 'safe',
    evidence: { rule: 'safety' },
    sentence: '0 of 250 canary requests (0.0%) failed: safe',
  });
});

test('only requests of the step can make the canary safe', () => {
  const strata = times(25, counts(90, 0), counts(10, 0));
  expect(verdictOn(strata, { safetyFromMs: 0 }).kind).toBe('safe');
  expect(verdictOn(strata, { safetyFromMs: 100_000 }).kind).toBe('inconclusive');
});

test('safety never rests on fewer requests than stated', () => {
  const strata = times(4, counts(90, 45), counts(10, 5));
  const { evidence, kind } = verdictOn(strata);
  expect(evidence.safety.relative).toBeGreaterThan(evidence.safeFrom);
  expect(kind).toBe('inconclusive');
});

test('a canary that serves as badly as stable in an outage is safe, because it is not the cause', () => {
  expect(verdictOn(times(12, counts(90, 45), counts(10, 5))).kind).toBe('safe');
});

test('an outage of both tracks that begins with a step of the weight is not harmful', () => {
  const before = { ...bucket(0, counts(475, 0), counts(25, 0)), weight: 5 };
  const after = { ...bucket(0, counts(250, 200), counts(250, 200)), weight: 50 };
  const { kind, evidence } = verdictOn([before, after]);
  expect(kind).not.toBe('harmful');
  expect(evidence.eValues.errors).toBeLessThanOrEqual(1);
  expect(evidence.buckets.count).toBe(1);
  // The same requests without their weights would be.
  expect(verdictOn([bucket(0, counts(725, 200), counts(275, 200))]).kind).toBe('harmful');
});

test('harm comes before safety', () => {
  const good = times(50, counts(90, 0), counts(50, 0));
  const bad = Array.from({ length: 4 }, (_, index) =>
    bucket(50 + index, counts(90, 0), counts(10, 4)),
  );
  expect(verdictOn([...good, ...bad]).kind).toBe('harmful');
});

test('a hard failure needs no statistics', () => {
  const hardFailure = {
    kind: 'oom-killed',
    member: 'canary-1',
    sentence: 'canary-1 was killed for its memory',
  } as const;
  expect(
    verdictOn(times(50, counts(90, 0), counts(50, 0)), { hardFailures: [hardFailure] }),
  ).toMatchObject({
    kind: 'harmful',
    sentence: 'canary-1 was killed for its memory',
    evidence: { rule: 'oom-killed' },
  });
});

test('evidence survives JSON, however strong it is', () => {
  const sample = fc
    .nat({ max: 5_000 })
    .chain((n) => fc.nat({ max: n }).map((bad) => counts(n, bad)));
  fc.assert(
    fc.property(fc.array(fc.tuple(sample, sample), { maxLength: 20 }), (samples) => {
      const { evidence } = verdictOn(
        samples.map(([stable, canary], index) => bucket(index, stable, canary)),
      );
      expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
    }),
    { numRuns: 50 },
  );
});

test('a canary with all of the traffic is compared with what stable did before', () => {
  const strata = times(3, noCounts, counts(100, 30)).map((one) => ({ ...one, weight: 100 }));
  const references = { ...testComparison.references, errors: { requests: 2_000, bad: 2 } };
  const { kind, sentence } = verdictOn(strata, { references });
  expect(kind).toBe('harmful');
  expect(sentence).toBe(
    '90 of 300 canary requests (30.0%) failed, against 2 of 2000 stable requests (0.1%) ' +
      'before the canary had all of the traffic',
  );
  expect(verdictOn(strata).kind).toBe('inconclusive');
});

test('harm of a canary with all of the traffic is found soon, however long it was good before', () => {
  const good = times(50, noCounts, counts(200, 2));
  const bad = [50, 51, 52].map((index) => bucket(index, noCounts, counts(200, 20)));
  const strata = [...good, ...bad].map((one) => ({ ...one, weight: 100 }));
  const references = { ...testComparison.references, errors: { requests: 2_000, bad: 20 } };
  expect(verdictOn(strata.slice(0, 50), { references }).kind).not.toBe('harmful');
  expect(verdictOn(strata, { references }).kind).toBe('harmful');
});

test('under cookie affinity clients are compared, not requests', () => {
  const clients = (atRisk: number, hit: number) => {
    const none = { atRisk: 0, hit: 0 };
    return { errors: { atRisk, hit }, latency: none, rejections: none };
  };
  const stable = { ...counts(900, 0), clients: clients(90, 0) };
  const one = { ...counts(100, 90), clients: clients(10, 1) };
  expect(verdictOn(times(1, stable, one)).kind).toBe('inconclusive');
  const many = { ...counts(100, 90), clients: clients(10, 8) };
  const { kind, sentence } = verdictOn(times(1, stable, many));
  expect(kind).toBe('harmful');
  expect(sentence).toBe(
    '8 of 10 canary clients (80.0%) had their first failure, against 0 of 90 stable clients (0.0%)',
  );
});

test('under cookie affinity a canary with all of the traffic is compared by requests, as stable was', () => {
  const none = { atRisk: 0, hit: 0 };
  // A client that sends ten requests is hit about ten times as often as a request.
  const clients = { errors: { atRisk: 20, hit: 2 }, latency: none, rejections: none };
  const canary = { ...counts(200, 2), clients };
  const strata = times(30, noCounts, canary).map((one) => ({ ...one, weight: 100 }));
  const references = { ...testComparison.references, errors: { requests: 2_000, bad: 20 } };
  expect(verdictOn(strata, { references }).kind).not.toBe('harmful');
});
