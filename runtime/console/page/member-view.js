import { actions } from './action-view.js';
import { openChange } from './change-dialog.js';
import { byId, keyedList, make, note, onChange, setText } from './dom.js';
import { bytes, count, milliseconds, percent, timeOf, unknown } from './format.js';

const stateTones = { active: 'good', draining: 'warning', ejected: 'bad', reserved: '' };
/** Part of its limit from which a member's memory is shown as high. */
const highMemory = 0.9;

const trackOrder = ['canary', 'stable'];

/** Draws the members of `overview.release`, and which hosts are silent. */
export const drawMembers = onChange(({ release: { document }, silentHosts, page }) => {
  const members = document?.members ?? [];
  note(byId('members-empty'), emptyText(document));
  setText(byId('members-count'), members.length === 0 ? '' : countText(members, silentHosts));
  list(
    members.toSorted(inOrder).map(({ action, ...member }) => ({
      ...member,
      action: page.isReadOnly ? null : action,
      operator: page.operator,
      isSilent: silentHosts?.includes(member.host) ?? false,
    })),
  );
});

function emptyText(document) {
  if (document === null) return 'The members are not known.';
  return document.members.length === 0 ? 'No member is registered.' : undefined;
}

function countText(members, silentHosts) {
  const active = members.filter(({ state }) => state === 'active').length;
  const text = `${active} of ${members.length} active`;
  return silentHosts === null ? `${text} · no monitor reports` : text;
}

const list = keyedList(byId('member-rows'), ({ id }) => id, memberRow);

/** Makes or changes a row. The cell of its button stays if it can: it may hold the keyboard's focus. */
function memberRow(member, row = make('tr', { role: 'row' })) {
  const { action, operator } = member;
  const isKept = row.dataset.action === `${action} ${operator}`;
  const last = isKept ? row.lastElementChild : actionCell(member);
  row.dataset.action = `${action} ${operator}`;
  const stale = Array.from(row.children).filter((cell) => cell !== last);
  for (const cell of stale) cell.remove();
  if (!isKept) row.append(last);
  last.before(...cellsOf(member));
  return row;
}

function cellsOf(member) {
  const { id, host, track, version, state, health, inFlight, failures, usage, isSilent } = member;
  return [
    make(
      'th',
      { scope: 'row', role: 'rowheader' },
      make('span', { class: `dot ${health === 'healthy' ? 'good' : healthTone(health)}` }, id),
      make(
        'span',
        { class: 'soft' },
        `${health ?? 'health unknown'} · ${host}${isSilent ? ', silent' : ''}`,
      ),
    ),
    cell('Version', '', version, make('span', { class: 'soft' }, track)),
    cell('State', '', make('span', { class: `pill ${stateTones[state]}` }, state)),
    cell('In flight', 'number', count(inFlight)),
    cell('Failed', 'number', count(failures)),
    cell('p95', 'number', ...latencies(member)),
    cell('CPU', 'number', percent(usage?.cpuPercent ?? null)),
    cell('Memory', 'number', ...memory(usage)),
    cell('Restarts', 'number', ...restarts(usage)),
  ];
}

function actionCell({ id, action, operator }) {
  if (action === null) return make('td', { role: 'cell', class: 'action' });
  const { button, isDanger } = actions[action];
  const title = `${button} member ${id}`;
  const element = make('button', { type: 'button', class: 'quiet', 'aria-label': title }, button);
  const change = { action, member: id };
  element.addEventListener('click', () =>
    openChange({ title, button, isDanger, change, operator }),
  );
  return make('td', { role: 'cell', class: 'action' }, element);
}

function healthTone(health) {
  return health === 'unhealthy' ? 'bad' : '';
}

function cell(label, classes, ...children) {
  return make('td', { role: 'cell', class: classes, 'data-label': label }, ...children);
}

/** Latency of its answers in the last minute. */
function latencies({ latency }) {
  if (latency === null) return [unknown];
  const { requests, p50Ms, p95Ms } = latency;
  const median = make('span', { class: 'soft' }, `p50 ${milliseconds(p50Ms)}`);
  median.title = `of ${count(requests)} answers in the last minute`;
  return [milliseconds(p95Ms), ' ', median];
}

function memory(usage) {
  const { memoryBytes = null, memoryLimitBytes = null } = usage ?? {};
  if (memoryBytes === null) return [unknown];
  if (memoryLimitBytes === null) return [bytes(memoryBytes)];
  const part = Math.min(1, memoryBytes / memoryLimitBytes);
  const gauge = make('span', { class: part >= highMemory ? 'gauge high' : 'gauge' });
  gauge.style.setProperty('--used', part.toFixed(2));
  return [
    bytes(memoryBytes),
    ' ',
    make('span', { class: 'soft limit' }, `of ${bytes(memoryLimitBytes)}`),
    gauge,
  ];
}

/** Restarts that the monitor has seen, with the time of the last one. */
function restarts(usage) {
  const times = usage?.restartedAt ?? null;
  if (times === null) return [unknown];
  if (times.length === 0) return ['0'];
  return [count(times.length), make('span', { class: 'soft' }, timeOf(times.at(-1)))];
}

function inOrder(a, b) {
  return (
    trackOrder.indexOf(a.track) - trackOrder.indexOf(b.track) || a.id.localeCompare(b.id, 'en')
  );
}
