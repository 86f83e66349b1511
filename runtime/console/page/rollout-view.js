import { byId, keyedList, make, note, onChange, setText } from './dom.js';
import { capital, count, duration, milliseconds, percent, unknown } from './format.js';

const conditions = {
  waiting: 'No release has been read yet.',
  unreachable: 'Redis does not respond. This is the last known release.',
  absent: 'The release is gone from Redis. This is the last known release.',
  invalid: 'The release in Redis is invalid. This is the last valid release.',
  regressed: 'Redis holds an older release. This is the newest known release.',
};

/** Draws `overview.release` and `overview.rollout` as of `nowMs`. */
export function drawRollout({ release, rollout, nowMs }) {
  const { condition, document } = release;
  byId('release-body').hidden = document === null;
  note(byId('release-empty'), conditions[condition]);
  if (document === null) return;
  const { phase, rolloutId, affinity } = document;
  const where = phase === 'idle' ? 'none has begun' : rolloutId;
  setText(byId('rollout-id'), affinity === 'none' ? where : `${where} · affinity ${affinity}`);
  drawSteps(stepsOf(document, nowMs));
  drawShare(document.weight);
  const missing = rollout?.missing ?? null;
  note(byId('missing'), missing === null ? undefined : `${capital(missing)}.`);
  drawTracks({ weight: document.weight, traffic: rollout?.traffic ?? null });
}

function stepsOf({ plan, step, phase, stepStartedAt }, nowMs) {
  if (phase === 'idle' || !isScheduled(plan)) return [];
  return plan.map((planned, index) => {
    const state = stateOf({ phase, step }, index);
    const elapsedMs = Math.max(0, nowMs - stepStartedAt);
    const isRunning = state === 'progressing';
    return {
      index,
      weight: planned.weight,
      state,
      what: stepText(planned, state, elapsedMs),
      done: isRunning ? partDone(planned, elapsedMs) : Number(state === 'passed'),
      isCurrent: index === step && phase !== 'succeeded',
    };
  });
}

/** Plans of one step without a time have nothing to show: a person sets the weight. */
function isScheduled(plan) {
  return plan.length > 1 || plan.some((step) => step.minDurationMs > 0 || step.deadlineMs !== null);
}

function stateOf({ phase, step }, index) {
  const isOver = phase === 'promoting' || phase === 'succeeded';
  if (index < step) return 'passed';
  if (index > step) return isOver || phase === 'aborted' ? 'skipped' : 'to-come';
  return isOver ? 'passed' : phase;
}

function stepText({ minDurationMs, deadlineMs }, state, elapsedMs) {
  if (state === 'passed' || state === 'skipped') return state;
  if (state === 'paused') return 'paused';
  if (state === 'aborted') return 'ejected here';
  if (state === 'to-come') return minDurationMs > 0 ? duration(minDurationMs) : 'to come';
  const leftMs = minDurationMs - elapsedMs;
  if (leftMs > 0) return `${duration(leftMs)} left`;
  if (deadlineMs === null) return 'waits for the judge';
  return `judge has ${duration(deadlineMs - elapsedMs)}`;
}

/** Part of the least time that has passed, in steps of a hundredth. */
function partDone({ minDurationMs }, elapsedMs) {
  return minDurationMs === 0 ? 1 : Math.min(1, Math.round((100 * elapsedMs) / minDurationMs) / 100);
}

const stepList = keyedList(byId('steps'), ({ index }) => index, stepItem);

function drawSteps(steps) {
  byId('steps').hidden = steps.length === 0;
  stepList(steps);
}

function stepItem({ weight, state, what, done, isCurrent }) {
  const classes = { aborted: 'failed' }[state] ?? state;
  const item = make(
    'li',
    { class: classes, ...(isCurrent && { 'aria-current': 'step' }) },
    make('span', { class: 'weight' }, `${weight}%`),
    make('span', { class: 'what' }, what),
  );
  item.style.setProperty('--done', String(done));
  return item;
}

const drawShare = onChange((weight) => {
  const share = byId('share');
  const stable = stableShare(weight);
  share.style.setProperty('--weight', String(weight));
  share.setAttribute('aria-label', `${stable}% of requests to stable, ${weight}% to the canary`);
  share.classList.toggle('without-canary', weight === 0);
  share.classList.toggle('without-stable', weight === 100);
});

function stableShare(weight) {
  return Math.round((100 - weight) * 100) / 100;
}

const drawTracks = onChange(({ weight, traffic }) => {
  const rows = [
    ['canary', weight],
    ['stable', stableShare(weight)],
  ];
  byId('track-rows').replaceChildren(
    ...rows.map(([track, share]) => trackRow(track, share, traffic)),
  );
  setText(byId('tracks-caption'), captionOf(traffic));
});

function captionOf(traffic) {
  if (traffic === null) return 'The counts cannot be read, or those of the step are gone.';
  if (traffic.of === 'recent') return 'All requests of the last 5 minutes.';
  const from = new Date(traffic.fromMs).toLocaleTimeString();
  return `Requests of this step since ${from}, as the judge counts them.`;
}

function trackRow(track, share, traffic) {
  const counts = traffic?.[track] ?? null;
  const other = traffic?.[track === 'canary' ? 'stable' : 'canary'] ?? null;
  const cells = [
    [percent(share), ''],
    [counts === null ? unknown : count(counts.requests), ''],
    [errorText(counts), isWorse(track, counts, other) ? ' worse' : ''],
    [milliseconds(counts?.p95Ms ?? null), ''],
  ];
  return make(
    'tr',
    { role: 'row' },
    make('th', { scope: 'row', role: 'rowheader', class: track }, track),
    ...cells.map(([text, more]) => make('td', { role: 'cell', class: `number${more}` }, text)),
  );
}

function errorText(counts) {
  if (counts === null || counts.errorPercent === null) return unknown;
  return `${percent(counts.errorPercent)} (${count(counts.errors)})`;
}

/** Marks a canary that fails more often by a percentage point; the judge says whether that is harm. */
function isWorse(track, counts, other) {
  return track === 'canary' && (counts?.errorPercent ?? 0) >= (other?.errorPercent ?? 0) + 1;
}
