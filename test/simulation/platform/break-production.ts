import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** Replacement in the source of one file of `runtime`. */
type Edit = readonly [file: string, from: string, to: string];

const unfenced = (file: string): Edit => [file, "  return 'fenced'\n", '  local unfenced = 1\n'];

/** Mistakes in production's code that an invariant must find; the last ones were production's own. */
const mistakes: Readonly<Record<string, readonly Edit[]>> = {
  'stale leaders write': [
    unfenced('store/release/release-script.ts'),
    unfenced('store/incidents/incident-script.ts'),
    unfenced('store/judge/judge-store.ts'),
  ],
  'an activation undoes an ejection': [
    ['core/release/transitions.ts', "if (member.state === 'ejected') {", 'if (id === "") {'],
  ],
  'a drain does not wait': [
    ['cli/wait.ts', 'if (matching.length === 0 ||', 'if (matching.length < 99 ||'],
    ['cli/wait.ts', 'if (late.length === 0) return;', 'return;'],
    ['cli/wait.ts', 'if (busy.length === 0) return;', 'return;'],
  ],
  'a canary keeps its share': [
    [
      'core/release/transitions.ts',
      "return hasActive(next, 'canary') ? next : { ...next, weight: 0 };",
      'return next;',
    ],
    [
      'core/release/release-document.ts',
      "if (document.weight > 0 && !hasActive(document, 'canary')) {",
      'if (document.weight < 0) {',
    ],
  ],
  'a rollout skips a step': [
    [
      'core/analysis/rollout.ts',
      "kind: 'advance', step: step + 1",
      "kind: 'advance', step: step + 2",
    ],
  ],
  'a pause ends by itself': [
    ['core/analysis/rollout.ts', "case 'progressing':", "case 'progressing': case 'paused':"],
    [
      'core/analysis/rollout.ts',
      "    case 'paused':\n      return obstacle",
      "    case 'succeeded':\n      return obstacle",
    ],
  ],
  'writers do not compare': [
    ['store/release/release-script.ts', 'generation ~= tonumber(ARGV[1])', 'generation < -1'],
  ],
  'an alert is not acknowledged': [
    [
      'monitor/notify/notification-pipeline.ts',
      "if (outcome !== 'failed') await this.#finish(message.entries);",
      "if (outcome === 'given-up') await this.#finish(message.entries);",
    ],
  ],
  'a monitor sends no notification': [
    ['monitor/notify/dispatcher.ts', 'if (!this.#options.leads()) return;', 'return;'],
  ],
  'an incident queues no notification': [
    ['store/incidents/incident-script.ts', 'for index = 0, entries - 1 do', 'for index = 0, -1 do'],
  ],
  'a proxy ignores new documents': [
    ['store/release/release-watch.ts', 'if (json !== this.#json) {', 'if (!this.#json) {'],
  ],
  'ports are not compared': [
    ['core/release/port-allocation.ts', ' + elsewhere.reservations', ''],
    [
      'core/release/port-allocation.ts',
      '.filter((member) => member.host === host)',
      ".filter((member) => member.host === '')",
    ],
    ['core/release/transitions.ts', 'if (holder !== undefined) {', "if (holder?.url === '') {"],
    [
      'core/release/release-document.ts',
      "(['id', 'url'] as const).flatMap",
      "(['id'] as const).flatMap",
    ],
  ],
  'a proxy without a report is gone': [
    ['cli/wait.ts', 'performance.now() < silentUntil ?', 'performance.now() < 0 ?'],
  ],
  // Seeds no longer find these two, because a Redis that keeps a file refuses changes in its first five
  // seconds while it has no document. The wait is needed where it does not refuse: if a person restores
  // within those seconds, while one proxy is back and the others are not known yet; and if a Redis
  // that keeps no file, a replica that takes over or `FLUSHALL` leaves it empty. `member-command.test.ts`
  // and `wait.test.ts` find them.
  'a drain of an empty Redis does not wait': [
    ['cli/member-command.ts', 'await untilReported({', 'void ({'],
  ],
  'a drain waits once for the reports of an empty Redis': [
    ['cli/wait.ts', 'while (Math.max(knownForMs, waitedMs)', 'while (waitedMs'],
    ['cli/wait.ts', 'waitedMs = knownForMs < before ? 0 : ', 'waitedMs = before < 0 ? 0 : '],
  ],
  'an old report says that a member is drained': [
    ['cli/wait.ts', ' || report.generation < generation;', ' || report.condition === silent;'],
  ],
  'a writer trusts a Redis that started just now': [
    ['store/release/release-store.ts', 'if (untrusted > 0)', 'if (untrusted > 99)'],
  ],
  // Seeds no longer find this one: a restore rarely falls into a drain that waits. A person may restore
  // at any time, not only after a start of Redis. `member-command.test.ts` finds it.
  'a drain does not look again': [
    ['cli/member-command.ts', 'while (await isActive(session, id));', 'while (id === "");'],
  ],
  // Alone, seeds no longer find it: a drain looks for lost documents again while it waits, and `perch
  // weight`, `eject` and others that return at once stop no container. They would say that nothing is to
  // do while live proxies apply a newer document in which there is, until a person restores it, which
  // `lost-document.test.ts` finds. Without these looks, seeds find it; without the mistake, they hold.
  'an old document says that nothing is to do': [
    [
      'store/release/release-store.ts',
      'await this.requireNewest();\n      if (decided',
      "if (decided.kind !== 'unchanged') await this.requireNewest();\n      if (decided",
    ],
    ['cli/wait.ts', 'await releases.requireNewest();', ''],
    ['cli/wait.ts', " || report.condition !== 'fresh'", ''],
    ['cli/member-command.ts', 'await releases.requireNewest();', ''],
  ],
  'a newer generation is an applied one': [
    ['cli/wait.ts', " || report.condition !== 'fresh'", ''],
    [
      'store/release/release-store.ts',
      'if (applied === undefined) return;',
      'if (applied !== -1) return;',
    ],
  ],
};

/** Edits that the present source does not contain, one line each: such a mistake finds nothing. */
export function staleEdits(): string[] {
  return Object.entries(mistakes).flatMap(([name, edits]) =>
    edits.flatMap(([file, from]) => {
      const source = readFileSync(new URL(`../../../runtime/${file}`, import.meta.url), 'utf8');
      return source.includes(from) ? [] : [`${name}: ${noLonger(file, from)}`];
    }),
  );
}

/** Loads production's code with one of these mistakes in it. */
export function breakProduction(name: string): void {
  const edits = mistakes[name];
  if (edits === undefined)
    throw new Error(`--break must be one of ${Object.keys(mistakes).join(', ')}`);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const own = edits.filter(([file]) => url.endsWith(`/runtime/${file}`));
      if (own.length === 0) return loaded;
      const source = Buffer.from((loaded.source ?? '') as Uint8Array).toString();
      return { ...loaded, source: own.reduce(edited, source) };
    },
  });
}

function edited(source: string, [file, from, to]: Edit): string {
  if (!source.includes(from)) throw new Error(noLonger(file, from));
  return source.replaceAll(from, to);
}

function noLonger(file: string, from: string): string {
  return `${file} no longer contains: ${from}`;
}
