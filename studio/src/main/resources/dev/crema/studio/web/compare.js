import { h, oneAtATime, place, problem } from './dom.js';
import { duration, number, percent } from './format.js';

const FIGURES = [
  ['Status', (row) => row.status],
  ['Epochs', (row) => `${number(row.epoch)} of ${number(row.epochs)}`],
  ['Steps', (row) => number(row.step)],
  ['Loss, newest batches', (row) => number(row.loss)],
  ['Loss, training', (row) => number(row.trainLoss)],
  ['Accuracy, training', (row) => percent(row.trainAccuracy)],
  ['Loss, validation', (row) => number(row.validationLoss)],
  ['Accuracy, validation', (row) => percent(row.validationAccuracy)],
  ['Loss, test', (row) => number(row.testLoss)],
  ['Accuracy, test', (row) => percent(row.testAccuracy)],
  ['Parameters', (row) => number(row.parameters)],
  ['Time trained', (row) => duration(row.seconds)],
  ['Images per second', (row) => number(row.imagesPerSecond)],
];

/** The tab that sets runs side by side: figures, and the settings in which they differ. */
export function compare(studio) {
  const element = h('div');
  const folds = new Map();

  const load = oneAtATime(async () => {
    const rows = studio.shown();
    const answers = await Promise.allSettled(rows.map((row) => studio.details(row.id)));
    const details = answers.map((answer) => answer.value);
    if (rows.length === 0) {
      place(element, [h('p', { class: 'soft' }, 'No run is shown. Tick some in the list.')]);
      return;
    }
    const [differing, same] = split(details.map((one) => one?.settings));
    const [otherMachine, sameMachine] = split(details.map((one) => one?.environment));
    const heads = () => head(studio, rows);
    place(element, [
      ...answers.filter((answer) => answer.status === 'rejected').map((answer) => problem(answer.reason)),
      ...details.flatMap((one, i) => (one?.warnings ?? []).map((text) => h('p', { class: 'missing' }, `${rows[i].name}: ${text}`))),
      h('h2', {}, 'Figures'), table(heads(), FIGURES.map(([name, value]) => [name, rows.map(value)]), true),
      h('h2', {}, 'Settings that differ'),
      differing.length > 0 ? table(heads(), differing)
        : h('p', { class: 'soft' }, rows.length === 1 ? 'One run differs from none. Tick another in the list.' : 'None: the shown runs have the same settings.'),
      fold(`Settings that all have (${same.length})`, 'same', table(heads(), same)),
      fold('Machines and versions', 'machine', table(heads(), [...otherMachine, ...sameMachine])),
    ]);
  });

  function fold(summary, key, content) {
    return h('details', { open: folds.get(key) ?? false, ontoggle: (event) => folds.set(key, event.target.open) }, h('summary', {}, summary), content);
  }

  return {
    element,
    async update({ changed, list, keys }) {
      if (list || keys.has('runs') || studio.shownIds().some((id) => changed.has(id))) await load();
    },
  };
}

/** Keys with values per run: those that differ, and those that do not. */
function split(objects) {
  const keys = [...new Set(objects.flatMap((object) => Object.keys(object ?? {})))].sort();
  const lines = keys.map((key) => [key, objects.map((object) => object?.[key] ?? '–')]);
  const differs = ([, values]) => new Set(values).size > 1;
  return [lines.filter(differs), lines.filter((line) => !differs(line))];
}

function head(studio, rows) {
  return h('tr', {}, h('td'), rows.map((row) => h('th', { scope: 'col' }, h('span', { class: `swatch r${studio.colour(row.id)}` }), row.name)));
}

function table(heads, lines, numeric = false) {
  return h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Table of the shown runs' },
    h('table', { class: 'compare' }, h('thead', {}, heads), h('tbody', {}, lines.map(([name, values]) => h('tr', {},
      h('th', { scope: 'row' }, name), values.map((value) => h('td', { class: numeric ? 'number' : '' }, String(value))))))));
}
