import { byId, make, note } from './dom.js';

/** Names of variants. @type {string[]} */
let variants = [];
let operators = {};
/** Expression from which the shares are computed; null for the targeting key. */
let shareBy = null;

/** Fills the form with a `FlagForm` and the variants of its definition. */
export function fillForm(form, known) {
  ({ variants, operators } = known);
  byId('flag-enabled').checked = form.enabled;
  byId('flag-description').value = form.description;
  byId('flag-default').replaceChildren(...variantOptions("the default of the caller's code"));
  byId('flag-default').value = form.defaultVariant;
  const { targeting } = form;
  byId('flag-targeting').hidden = targeting === null;
  const jsonOnly = 'Only the JSON can show this targeting. The form leaves it as it is.';
  note(byId('flag-json-only'), targeting === null ? jsonOnly : undefined);
  if (targeting === null) return;
  byId('flag-rules').replaceChildren();
  for (const rule of targeting.rules) addRule(rule);
  fillRest(targeting.rest);
}

/** Reads the form: a `FlagForm`. */
export function formNow() {
  return {
    enabled: byId('flag-enabled').checked,
    description: byId('flag-description').value,
    defaultVariant: byId('flag-default').value,
    targeting: byId('flag-targeting').hidden ? null : { rules: rulesNow(), rest: restNow() },
  };
}

/** Marks the inputs whose fields have problems, which `#flag-problems` lists. */
export function showProblems(problems) {
  const left = new Set(problems.map(({ field }) => field));
  const wrong = new Set(left);
  for (const input of byId('flag-fields').querySelectorAll('[data-field]')) {
    const field = fieldOf(input);
    input.setAttribute('aria-invalid', String(wrong.has(field)));
    left.delete(field);
  }
  // What the form does not have is in the JSON.
  byId('flag-text').setAttribute('aria-invalid', String(left.size > 0));
  byId('flag-problems').replaceChildren(
    ...problems.map(({ field, rule, value }) =>
      make('li', {}, `${nameOf(field)} ${rule}${value ? `, got ${value}` : ''}`),
    ),
  );
  note(byId('flag-in-step'), inStepText(problems));
}

function inStepText(problems) {
  const isInStep = problems.every(({ field }) => field === 'key');
  return isInStep ? undefined : 'The form and the JSON agree again once this is right.';
}

/** Field of a problem, as the page calls it. */
function nameOf(field) {
  const [, index, part] = /^targeting\.rules\.(\d+)\.(\w+)$/.exec(field) ?? [];
  if (index !== undefined) return `Rule ${Number(index) + 1}: ${part}`;
  if (field.startsWith('targeting.rest.percents')) return 'The shares';
  return { key: 'Key', text: 'The JSON', defaultVariant: 'Default variant' }[field] ?? field;
}

function fieldOf(input) {
  const rule = input.closest('.rule');
  const { field } = input.dataset;
  if (rule === null) return field;
  return `targeting.rules.${[...byId('flag-rules').children].indexOf(rule)}.${field}`;
}

function variantOptions(none) {
  return [
    make('option', { value: '' }, none),
    ...variants.map((variant) => make('option', { value: variant }, variant)),
  ];
}

function control(tag, field, words, ...children) {
  return make(tag, { 'data-field': field, 'aria-label': words }, ...children);
}

function addRule({ attribute = '', operator = '==', value = '', variant } = {}) {
  const words = Object.entries(operators);
  const rule = [
    control('input', 'attribute', 'Attribute of the caller'),
    control(
      'select',
      'operator',
      'Operator',
      ...words.map(([name, text]) => make('option', { value: name }, text)),
    ),
    control('input', 'value', 'Value, or values with commas between them'),
    control('select', 'variant', 'Variant', ...variantOptions('the default')),
  ];
  const values = [attribute, operator, value, variant ?? variants[0] ?? ''];
  for (const [index, input] of rule.entries()) input.value = values[index];
  rule[0].placeholder = 'targetingKey';
  rule[2].placeholder = 'value';
  const remove = make('button', { type: 'button', class: 'quiet' }, 'Remove');
  const item = make(
    'li',
    { class: 'rule' },
    ...rule.slice(0, 3),
    make('span', { class: 'soft' }, 'gets'),
    rule[3],
    remove,
  );
  remove.setAttribute('aria-label', 'Remove the rule');
  remove.addEventListener('click', () => {
    item.remove();
    byId('flag-add-rule').focus();
    changed();
  });
  byId('flag-rules').append(item);
  return rule[0];
}

function rulesNow() {
  return [...byId('flag-rules').children].map((item) =>
    Object.fromEntries(
      [...item.querySelectorAll('[data-field]')].map(({ dataset, value }) => [
        dataset.field,
        value,
      ]),
    ),
  );
}

function fillRest(rest) {
  const isShare = rest.kind === 'share';
  byId('flag-rest').replaceChildren(
    make('option', { value: 'default' }, 'the default variant'),
    ...variants.map((variant) => make('option', { value: `=${variant}` }, variant)),
    make('option', { value: 'share' }, 'a share of users each'),
  );
  byId('flag-rest').value = rest.kind === 'variant' ? `=${rest.variant}` : rest.kind;
  shareBy = isShare ? rest.by : null;
  fillShares(isShare ? rest.percents : []);
}

function fillShares(percents) {
  byId('flag-shares').replaceChildren(
    ...percents.map(({ variant, percent }) => {
      const range = { type: 'number', min: '0', max: '100', step: '0.01', required: '' };
      const words = `Share of ${variant}, percent`;
      const field = { 'data-field': 'targeting.rest.percents', 'aria-label': words };
      const input = make('input', { ...range, ...field });
      input.dataset.variant = variant;
      input.value = String(percent);
      input.addEventListener('input', () => balance(input));
      return make('label', {}, make('span', {}, variant), input, make('span', {}, '%'));
    }),
  );
}

/** Gives one of two variants what the other one does not get. */
function balance(input) {
  const others = [...byId('flag-shares').querySelectorAll('input')].filter((one) => one !== input);
  const { valueAsNumber: percent } = input;
  if (others.length !== 1 || !(percent >= 0 && percent <= 100)) return;
  others[0].value = String(Number((100 - percent).toFixed(2)));
}

function restNow() {
  const { value } = byId('flag-rest');
  if (value === 'default') return { kind: 'default' };
  if (value !== 'share') return { kind: 'variant', variant: value.slice(1) };
  const percents = [...byId('flag-shares').querySelectorAll('input')].map((input) => ({
    variant: input.dataset.variant,
    percent: input.valueAsNumber,
  }));
  return { kind: 'share', by: shareBy, percents };
}

/** Tells the dialog of a change that is no input of a person into a control. */
function changed() {
  byId('flag-inputs').dispatchEvent(new Event('input', { bubbles: true }));
}

const fieldsById = {
  'flag-key': 'key',
  'flag-default': 'defaultVariant',
  'flag-rest': 'targeting.rest.variant',
};
for (const [id, field] of Object.entries(fieldsById)) byId(id).dataset.field = field;
byId('flag-enabled').setAttribute('role', 'switch');
byId('flag-add-rule').addEventListener('click', () => {
  addRule().focus();
  changed();
});
byId('flag-rest').addEventListener('input', () => {
  if (byId('flag-rest').value !== 'share') return fillShares([]);
  const all = byId('flag-default').value || variants[0];
  fillShares(variants.map((variant) => ({ variant, percent: variant === all ? 100 : 0 })));
});
