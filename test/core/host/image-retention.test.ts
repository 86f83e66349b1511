import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ruleDefaults } from '../../../runtime/contract/rule-defaults.ts';
import {
  imagesToRemove,
  nextHistory,
  pruneEveryMs,
  repositoryOf,
  type EngineImage,
  type ImageHistory,
  type ImageUse,
  type RetentionInputs,
} from '../../../runtime/core/host/image-retention.ts';

const hour = 3_600_000;
const day = 24 * hour;
const nowMs = 100 * day;

const digestOf = (id: string, repository = 'r.io/shop') => `${repository}@sha256:${id}`;

function image(id: string, names: Partial<EngineImage> = {}): EngineImage {
  return { id, tags: [], digests: [digestOf(id)], sizeBytes: 1, ...names };
}

const use = (imageId: string, role = 'shop/stable'): ImageUse => ({
  imageId,
  imageName: digestOf(imageId, role.endsWith('/redis') ? 'redis' : 'r.io/shop'),
  role,
});
const foreignUse = (imageId: string): ImageUse => ({ ...use(imageId), role: undefined });

/** A record of an image that came 90 days ago and served until so many days ago. */
const served = (daysAgo: number, role = 'shop/stable') => ({
  firstSeenMs: nowMs - 90 * day,
  usedMs: { [role]: nowMs - daysAgo * day },
});
const arrived = (hoursAgo: number) => ({ firstSeenMs: nowMs - hoursAgo * hour, usedMs: {} });

/** Ids of the images that go. The history names the images. */
function removed(history: ImageHistory, inputs: Partial<RetentionInputs> = {}): string[] {
  const images = Object.keys(history).map((id) => image(id));
  const given = { images, uses: [use('a')], history, diskUsedPercent: 20, nowMs };
  return imagesToRemove({ ...given, ...inputs }).map((removal) => removal.image.id);
}

/** Five releases: `a` serves, the others served before it, newest first. */
const releases = { a: served(0), b: served(8), c: served(9), d: served(10), e: served(11) };

/** That many releases: `a` serves, `r1` served before it, and so on, each a day longer ago. */
const manyReleases = (count: number): ImageHistory =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [index === 0 ? 'a' : `r${index}`, served(index)]),
  );

describe('images of releases', () => {
  test('the last 20 that served stay, older ones go after a week without use', () => {
    expect(removed(releases)).toEqual([]);
    expect(removed(manyReleases(22))).toEqual(['r20', 'r21']);
    expect(removed({ ...manyReleases(22), r1: served(2), r20: served(3) })).toEqual(['r19', 'r21']);
  });

  test('on a disk at 60% all but the last three go at any age, one at each look, the oldest first', () => {
    const recent = { a: served(0), b: served(1), c: served(2), d: served(4), e: served(3) };
    expect(removed(recent, { diskUsedPercent: 59.9 })).toEqual([]);
    expect(removed(recent, { diskUsedPercent: 60 })).toEqual(['d']);
    const { d: _gone, ...left } = recent;
    expect(removed(left, { diskUsedPercent: 60 })).toEqual(['e']);
    const { e: _goneToo, ...three } = left;
    expect(removed(three, { diskUsedPercent: 60 })).toEqual([]);
    expect(removed(recent, { diskUsedPercent: undefined })).toEqual([]);
    // Those that are not among the last 20 go at once.
    expect(removed(manyReleases(22), { diskUsedPercent: 60 })).toEqual(['r19', 'r20', 'r21']);
  });

  test('they go before the default rule alerts of the disk', () => {
    const { threshold, forSeconds } = ruleDefaults.hostDiskPercent;
    const recent = { a: served(0), b: served(1), c: served(2), d: served(3) };
    expect(removed(recent, { diskUsedPercent: threshold })).toEqual(['d']);
    expect(pruneEveryMs).toBeLessThan((forSeconds * 1_000) / 2);
  });

  test('on a disk at 85% one stays beside those in use, so that a rollback needs no registry', () => {
    const recent = { a: served(0), b: served(1), c: served(2), d: served(3) };
    expect(removed(recent, { diskUsedPercent: 85 })).toEqual(['c', 'd']);
  });

  test('the canaries that failed do not push out the stable releases', () => {
    const canaries = Object.fromEntries(
      ['u', 'v', 'w', 'x'].map((id, index) => [id, served(index, 'shop/canary')]),
    );
    const all = { ...canaries, a: served(0), b: served(8), c: served(9) };
    expect(removed(all, { diskUsedPercent: 70 })).toEqual(['x']);
  });

  test('each service on the host has its own last releases', () => {
    const other = { f: served(20, 'blog/stable'), g: served(30, 'blog/stable') };
    const uses = [use('a'), use('f', 'blog/stable')];
    const history = { ...manyReleases(22), ...other };
    expect(removed(history, { uses })).toEqual(['r20', 'r21']);
    expect(removed(history, { uses, diskUsedPercent: 85 })).not.toContain('g');
  });

  test('an image that any container uses stays, whoever made the container', () => {
    const full = { diskUsedPercent: 85 };
    expect(removed(releases, { ...full, uses: [use('a'), foreignUse('e')] })).toEqual(['c', 'd']);
  });

  test('the reason says for how long it was not used, and how full the disk is', () => {
    const history = manyReleases(22);
    const images = Object.keys(history).map((id) => image(id));
    const inputs = { images, uses: [use('a')], history, nowMs };
    const reasons = (diskUsedPercent: number) =>
      imagesToRemove({ ...inputs, diskUsedPercent }).map(({ reason }) => reason);
    expect(reasons(20)).toEqual(['not used for 20 days', 'not used for 21 days']);
    expect(reasons(86.7).at(-1)).toBe('not used for 21 days, and the disk is at 86%');
  });
});

describe('images that never served', () => {
  const full = { diskUsedPercent: 90 };

  test('the one that came last stays: a host without a member has it for the next one', () => {
    expect(removed({ a: served(0), n: arrived(200) }, full)).toEqual([]);
    expect(removed({ a: served(0), m: arrived(300), n: arrived(200) }, full)).toEqual(['m']);
  });

  test('those of the last hour stay: an update may be about to use them', () => {
    const history = { a: served(0), m: arrived(0.9), n: arrived(0.5) };
    expect(removed(history, full)).toEqual([]);
    expect(removed({ ...history, m: arrived(1) }, full)).toEqual(['m']);
  });
});

describe('images that Perch did not bring', () => {
  const history = { a: served(0), other: arrived(24 * 30), n: arrived(2) };
  const withOther = (names: Partial<EngineImage>, uses = [use('a')]) =>
    removed(history, {
      images: [image('a'), image('other', names), image('n')],
      uses,
      diskUsedPercent: 90,
    });

  test('an image of another repository stays', () => {
    expect(withOther({})).toEqual(['other']);
    expect(withOther({ digests: [digestOf('other', 'r.io/theirs')] })).toEqual([]);
    const both = [digestOf('other'), digestOf('other', 'r.io/theirs')];
    expect(withOther({ digests: both })).toEqual([]);
  });

  test('an image with a tag stays: Perch pulls by digest', () => {
    expect(withOther({ tags: ['r.io/shop:mine'] })).toEqual([]);
  });

  test('an image without a digest stays: no registry has it', () => {
    expect(withOther({ digests: [] })).toEqual([]);
    const built = releases.e;
    expect(removed({ a: served(0), built }, { images: [image('built', { digests: [] })] })).toEqual(
      [],
    );
  });

  test("another image of Redis' public repository stays", () => {
    const names = { digests: [digestOf('other', 'redis')] };
    expect(withOther(names, [use('a'), use('r', 'shop/redis')])).toEqual([]);
  });

  test('an image that served and has a tag of its own stays', () => {
    const images = Object.keys(releases).map((id) =>
      image(id, id === 'e' ? { tags: ['kept-by-me:1'] } : {}),
    );
    expect(removed(releases, { images, diskUsedPercent: 85 })).toEqual(['c', 'd']);
  });
});

describe('the history', () => {
  test('a new image is seen first now, one in use was used now, one that is gone is forgotten', () => {
    const before = { a: served(5), gone: served(5) };
    const looked = { images: [image('a'), image('b')], uses: [use('a', 'shop/canary')], nowMs };
    expect(nextHistory(before, looked)).toEqual({
      a: { ...served(5), usedMs: { 'shop/stable': nowMs - 5 * day, 'shop/canary': nowMs } },
      b: { firstSeenMs: nowMs, usedMs: {} },
    });
  });

  test('a lost history removes nothing within an hour', () => {
    const images = Object.keys(releases).map((id) => image(id));
    const looked = { images, uses: [use('a')], nowMs };
    const history = nextHistory({}, looked);
    expect(imagesToRemove({ ...looked, history, diskUsedPercent: 99 })).toEqual([]);
  });
});

test.each([
  ['redis:7', 'redis'],
  ['docker.io/library/redis:7', 'redis'],
  ['docker.io/team/shop', 'team/shop'],
  ['127.0.0.1:5000/perch/shop:perch', '127.0.0.1:5000/perch/shop'],
  ['127.0.0.1:5000/perch/shop@sha256:abc', '127.0.0.1:5000/perch/shop'],
  ['r.io/shop:1@sha256:abc', 'r.io/shop'],
])('the repository of %s is %s', (name, repository) => {
  expect(repositoryOf(name)).toBe(repository);
});

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const roles = ['shop/stable', 'shop/canary', 'blog/stable'];
const anyInputs = fc.record({
  images: fc.constant(ids.map((id) => image(id))),
  uses: fc.uniqueArray(
    fc.record({
      imageId: fc.constantFrom(...ids),
      imageName: fc.constant('r.io/shop@sha256:x'),
      role: fc.option(fc.constantFrom(...roles), { nil: undefined }),
    }),
    { maxLength: 5, selector: ({ imageId, role }) => `${imageId} ${role}` },
  ),
  history: fc.dictionary(
    fc.constantFrom(...ids),
    fc.record({
      firstSeenMs: fc.integer({ min: 0, max: nowMs }),
      usedMs: fc.dictionary(fc.constantFrom(...roles), fc.integer({ min: 0, max: nowMs })),
    }),
    { maxKeys: ids.length },
  ),
  diskUsedPercent: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
  nowMs: fc.constant(nowMs),
});

test('no image in use goes, and never one of a role that has fewer than its share beside it', () => {
  fc.assert(
    fc.property(anyInputs, (inputs) => {
      const gone = new Set(imagesToRemove(inputs).map((removal) => removal.image.id));
      for (const { imageId } of inputs.uses) expect(gone).not.toContain(imageId);
      const isFull = (inputs.diskUsedPercent ?? 0) >= 85;
      for (const role of roles) {
        const used = inputs.uses.flatMap((use) => (use.role === role ? use.imageId : []));
        const served = ids.filter((id) => inputs.history[id]?.usedMs[role] !== undefined);
        const left = [...new Set([...used, ...served])];
        const lost = left.filter((id) => gone.has(id));
        const kept = left.length - lost.length;
        if (lost.length > 0) expect(kept).toBeGreaterThanOrEqual(isFull ? 1 : 3);
      }
    }),
  );
});

test('a fuller disk never keeps more', () => {
  fc.assert(
    fc.property(anyInputs, (inputs) => {
      const at = (diskUsedPercent: number) =>
        imagesToRemove({ ...inputs, diskUsedPercent }).map((removal) => removal.image.id);
      const [low, scarce, full] = [at(59), at(60), at(85)];
      expect(scarce).toEqual(expect.arrayContaining(low));
      expect(full).toEqual(expect.arrayContaining(scarce));
    }),
  );
});
