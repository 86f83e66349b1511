import { openChange } from './change-dialog.js';
import { byId, keyedList, make, onChange } from './dom.js';

/** Action -> words of its button and of its dialog. */
export const actions = {
  resume: { button: 'Resume', title: 'Resume the rollout', isPrimary: true },
  pause: { button: 'Pause', title: 'Pause the rollout' },
  promote: { button: 'Promote', title: 'Promote the canary' },
  weight: { button: 'Set share', title: "Set the canary's share" },
  retry: { button: 'Retry', title: 'Begin the rollout again' },
  reinstate: { button: 'Reinstate', title: 'Reinstate the canary' },
  eject: { button: 'Eject', title: 'Eject the canary', isDanger: true },
  abort: { button: 'Abort', title: 'Abort the rollout and eject the canary', isDanger: true },
};

/** Draws a button for each action that the release allows. */
export const drawActions = onChange(({ names, weight, page }) => {
  // To abort a rollout is to eject its canary.
  const shown = names.filter((name) => name !== 'eject' || !names.includes('abort'));
  list(page.isReadOnly ? [] : shown.map((name) => ({ name, weight, operator: page.operator })));
});

const list = keyedList(byId('actions'), ({ name }) => name, actionButton);

function actionButton({ name, weight, operator }) {
  const { button, title, isPrimary, isDanger } = actions[name];
  const classes = isPrimary ? 'primary' : isDanger ? 'danger' : '';
  const element = make('button', { type: 'button', class: classes }, button);
  const change = { action: name };
  element.addEventListener('click', () =>
    openChange({ title, button, isDanger, change, weight, operator }),
  );
  return element;
}
