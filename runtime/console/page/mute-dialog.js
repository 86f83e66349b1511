import { openChange, previewSoon } from './change-dialog.js';
import { byId, make } from './dom.js';

const path = '/api/incidents';
const minuteMs = 60_000;
/** Hour of the reader's next day at which a silence until tomorrow ends. */
const morning = 9;

/** Asks for a confirmation of `{action, incident}` or `{action, rule, subject?}`. */
export function openMute({ title, button, change, operator }) {
  const isSilence = change.action === 'silence';
  byId('silence-fields').hidden = !isSilence;
  if (isSilence) fillFields(change);
  openChange({
    title,
    button,
    change,
    operator,
    path,
    bodyOf: isSilence ? () => silenceOf(change) : () => change,
    close: () => {
      byId('silence-fields').hidden = true;
    },
    first: isSilence ? 'silence-for' : 'change-reason',
  });
}

function fillFields({ subject }) {
  byId('silence-scope').replaceChildren(
    make('option', { value: 'subject' }, `Only ${subject}`),
    make('option', { value: 'rule' }, 'Every subject of the rule'),
  );
  byId('silence-for').value = '60';
}

function silenceOf({ action, rule, subject }) {
  const isOfSubject = byId('silence-scope').value === 'subject';
  return { action, rule, ...(isOfSubject && { subject }), minutes: minutesOf() };
}

/** Minutes of the chosen duration. */
function minutesOf() {
  const chosen = byId('silence-for').value;
  if (chosen !== 'tomorrow') return Number(chosen);
  const end = new Date();
  end.setDate(end.getDate() + 1);
  end.setHours(morning, 0, 0, 0);
  return Math.ceil((end - Date.now()) / minuteMs);
}

for (const id of ['silence-for', 'silence-scope']) {
  byId(id).addEventListener('change', () => previewSoon());
}
