import { address } from './api.js';
import { Card } from './card.js';
import { debounced, fold, h, oneAtATime, place, problem, select, setText } from './dom.js';
import { title } from './format.js';

const FIRST = ['batch/loss', 'loss', 'accuracy', 'batch/lr', 'batch/images_per_second', 'epoch/seconds'];
const SECTIONS = [['update_ratio/', 'Update ratios'], ['deviation/', 'Deviations of the parameters'], ['', 'Training']];
const MOST_IN_REPORT = 64;
const DRAWN_AGAIN = ['smooth', 'log', 'group', 'band'];

/** The tab with a chart per quantity. */
export function charts(studio, view) {
  const cards = new Map();
  const note = h('div');
  const sections = h('div');
  const tools = toolbar(studio, view);
  const observer = watch(cards);
  studio.onEmphasis((run) => cards.forEach((card) => card.emphasise(run)));

  const arrange = oneAtATime(async () => {
    const shown = studio.readable();
    const answers = await Promise.allSettled(shown.map((id) => studio.details(id)));
    const failed = answers.filter((answer) => answer.status === 'rejected');
    place(note, shown.length === 0 ? [h('p', { class: 'soft' }, 'No run is shown. Tick one in the list.')]
      : failed.map((answer) => problem(answer.reason)));
    const metrics = new Set(answers.flatMap((answer) => answer.value?.metrics ?? []));
    const wanted = quantities(metrics);
    for (const [key, roles] of wanted) {
      const old = cards.get(key);
      if (old && old.roles.length === roles.length) continue;
      if (old) observer.unobserve(old.element);
      const card = new Card(studio, view, title(key), roles, observer);
      cards.set(key, card);
      card.update(new Set());
    }
    layOut(sections, cards, [...wanted.keys()], view.state.charts);
  });

  return {
    element: h('div', {}, tools.elements, note, sections),
    async update({ changed, list, keys }) {
      tools.update();
      await arrange();
      const again = ['x', 'from', 'to', 'runs'].some((key) => keys.has(key));
      if (changed.size > 0 || list || again) cards.forEach((card) => card.update(changed));
      else if (DRAWN_AGAIN.some((key) => keys.has(key))) cards.forEach((card) => card.redraw());
    },
  };
}

/** Tells cards when they come near the window. */
export function watch(cards) {
  return new IntersectionObserver((entries) => {
    for (const entry of entries) {
      for (const card of cards.values()) if (card.element === entry.target) card.seen(entry.isIntersecting);
    }
  }, { rootMargin: '300px' });
}

/** Metrics as quantities: training, validation and test of one quantity belong together. */
function quantities(metrics) {
  const found = new Map();
  for (const metric of metrics) {
    const [, role, quantity] = /^(train|validation|test)\/(.*)$/.exec(metric) ?? [];
    const key = quantity ?? metric;
    found.set(key, [...(found.get(key) ?? []), { role: role ?? '', metric }]);
  }
  const order = (key) => (FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length);
  const roleOrder = ['', 'train', 'validation', 'test'];
  for (const roles of found.values()) roles.sort((a, b) => roleOrder.indexOf(a.role) - roleOrder.indexOf(b.role));
  return new Map([...found].sort(([a], [b]) => order(a) - order(b) || a.localeCompare(b, 'en', { numeric: true })));
}

/** Puts cards into their sections; those about single parameters are folded at first. */
function layOut(parent, cards, keys, filter) {
  const words = filter.toLowerCase();
  const fitting = keys.filter((key) => `${key} ${title(key)}`.toLowerCase().includes(words));
  const bySection = Map.groupBy(fitting, (key) => SECTIONS.find(([prefix]) => key.startsWith(prefix))[1]);
  const old = new Map([...parent.children].map((section) => [section.dataset.name, section]));
  const shown = SECTIONS.map(([, name]) => name).reverse().filter((name) => bySection.has(name)).map((name) => {
    const section = old.get(name) ?? (name === 'Training'
      ? h('section', {}, h('div', { class: 'cards' }))
      : h('details', {}, h('summary', {}, name), h('div', { class: 'cards' })));
    section.dataset.name = name;
    place(section.lastChild, bySection.get(name).map((key) => cards.get(key).element));
    return section;
  });
  place(parent, shown);
}

function toolbar(studio, view) {
  const set = (key) => (value) => view.set({ [key]: value });
  const axis = select('Across', [['step', 'step'], ['epoch', 'epoch'], ['seconds', 'seconds of training'], ['time', 'time of day']],
    view.state.x, (x) => view.set({ x, from: '', to: '' }));
  const band = select('Band', [['range', 'least to greatest'], ['deviation', '± standard deviation']], view.state.band, set('band'));
  const smooth = h('input', { type: 'range', min: 0, max: 0.99, step: 0.01, oninput: () => view.set({ smooth: Number(smooth.value) }) });
  const smoothText = h('output');
  const log = h('input', { type: 'checkbox', onchange: () => view.set({ log: log.checked }) });
  const filter = h('input', { type: 'search', placeholder: 'name of a chart', oninput: debounced(150, () => view.set({ charts: filter.value })) });
  const bound = (key) => {
    const input = h('input', { type: 'number', step: 'any', 'aria-label': `Zoom ${key}`, onchange: () => view.set({ [key]: input.value }) });
    return input;
  };
  const [from, to] = [bound('from'), bound('to')];
  const bounds = h('span', { class: 'field' }, h('span', {}, 'From, to'), h('span', { class: 'pair' }, from, to));
  const reset = h('button', { onclick: () => view.set({ from: '', to: '' }) }, 'Reset zoom');
  const report = h('a', { target: '_blank', rel: 'noopener' }, 'Report of the shown runs');
  const element = h('div', { id: 'tools', class: 'tools' }, axis.element,
    h('label', { class: 'field', title: 'Averages what is measured per batch; what is measured once an epoch stays as it is' },
      h('span', {}, 'Smoothing ', smoothText), smooth),
    band.element, bounds, reset,
    h('label', { class: 'tick' }, log, 'logarithmic'),
    h('label', { class: 'field' }, h('span', {}, 'Charts'), filter), report);
  return {
    elements: [fold('Axes and filters', element), element],
    update() {
      const state = view.state;
      axis.box.value = state.x;
      band.box.value = state.band;
      band.element.hidden = !state.group;
      smooth.value = state.smooth;
      setText(smoothText, state.smooth.toFixed(2));
      log.checked = state.log;
      if (document.activeElement !== filter) filter.value = state.charts;
      bounds.hidden = state.x === 'time';
      from.value = shortened(state.from);
      to.value = shortened(state.to);
      reset.hidden = state.from === '' && state.to === '';
      const run = studio.readable(MOST_IN_REPORT);
      report.hidden = run.length === 0;
      report.href = address('report', { run });
    },
  };
}

/** A bound of the zoom without more digits than matter. */
function shortened(bound) {
  return bound === '' ? '' : String(Number(Number(bound).toPrecision(6)));
}
