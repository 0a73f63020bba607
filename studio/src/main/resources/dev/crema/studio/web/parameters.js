import { get } from './api.js';
import { Card } from './card.js';
import { watch } from './charts.js';
import { h, oneAtATime, place, problem, select, setOptions, setText } from './dom.js';
import { number, title } from './format.js';
import { drawHistogram, drawStrip } from './histogram.js';

/** The tab that shows how one parameter of a run is distributed, and how it moved. */
export function parameters(studio, view) {
  const cards = new Map();
  const observer = watch(cards);
  const run = select('Run', [], '', (value) => view.set({ run: value, step: '' }));
  const parameter = select('Parameter', [], '', (value) => view.set({ parameter: value }));
  const slider = h('input', { type: 'range', min: 0, max: 0, step: 1, oninput: () => choose(Number(slider.value)) });
  const sliderText = h('output');
  const note = h('div');
  const facts = h('p', { class: 'facts', role: 'status' });
  const histogram = h('canvas', { class: 'drawn', role: 'img' });
  const strip = h('canvas', { class: 'drawn strip', role: 'img', onclick: (event) => pick(event) });
  const pictures = h('div', { class: 'beside' },
    h('figure', {}, h('h3', {}, 'At this step'), histogram, h('figcaption', {}, facts)),
    h('figure', {}, h('h3', {}, 'All steps'), strip, h('figcaption', {},
      'From left to right the steps, upwards the values; the stronger the colour, the more of them. A click chooses a step.')));
  const moves = h('div', { class: 'cards' });
  let steps = [];
  let loaded = '';
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw());
  new ResizeObserver(() => draw()).observe(pictures);
  studio.onEmphasis((id) => cards.forEach((card) => card.emphasise(id)));

  function choose(index) {
    view.set({ step: index === steps.length - 1 ? '' : String(steps[index].step) });
  }

  function pick(event) {
    if (steps.length === 0) return;
    const share = event.offsetX / strip.clientWidth;
    choose(Math.min(steps.length - 1, Math.floor(share * steps.length)));
  }

  function draw() {
    pictures.hidden = steps.length === 0;
    if (steps.length === 0 || histogram.clientWidth === 0) return;
    const found = steps.findIndex((one) => String(one.step) === view.state.step);
    const index = found < 0 ? steps.length - 1 : found;
    slider.max = steps.length - 1;
    slider.value = index;
    const one = steps[index];
    setText(sliderText, number(one.step));
    const text = `Step ${number(one.step)}, epoch ${number(one.epoch)}: mean ${number(one.mean)}, deviation ${number(one.deviation)}, `
      + `from ${number(one.low)} to ${number(one.high)}${one.updateRatio === undefined ? '' : `, update ratio ${number(one.updateRatio)}`}`;
    setText(facts, text);
    histogram.setAttribute('aria-label', `Histogram. ${text}`);
    strip.setAttribute('aria-label', `Histograms of ${steps.length} steps, ${number(steps[0].step)} to ${number(steps.at(-1).step)}`);
    drawHistogram(histogram, one, steps);
    drawStrip(strip, steps, index);
  }

  const load = oneAtATime(async (changed) => {
    const rows = studio.shown();
    const row = rows.find(({ id }) => id === view.state.run) ?? rows[0];
    setOptions(run.box, rows.map(({ id, name }) => [id, name]), row?.id ?? '');
    try {
      const names = row ? (await studio.details(row.id)).parameters : [];
      const name = names.includes(view.state.parameter) ? view.state.parameter : names[0];
      setOptions(parameter.box, names.map((one) => [one, one]), name ?? '');
      const wanted = `${row?.id} ${name}`;
      if (loaded !== wanted || changed.has(row?.id)) {
        steps = name === undefined ? [] : (await get('histograms', { run: row.id, parameter: name })).steps;
        loaded = wanted;
      }
      showMoves(name, changed);
      place(note, steps.length > 0 ? [] : [h('p', { class: 'soft' }, row
        ? 'This run logged no histograms yet. It does so after every epoch.' : 'No run is shown. Tick one in the list.')]);
    } catch (error) {
      steps = [];
      loaded = '';
      showMoves(undefined, changed);
      place(note, [problem(error)]);
    }
    draw();
  }, (a, b) => new Set([...a, ...b]));

  /** How the parameter moved in all shown runs. */
  function showMoves(name, changed) {
    const wanted = name === undefined ? [] : [`update_ratio/${name}`, `deviation/${name}`];
    for (const key of cards.keys()) {
      if (wanted.includes(key)) continue;
      observer.unobserve(cards.get(key).element);
      cards.delete(key);
    }
    for (const metric of wanted) {
      if (!cards.has(metric)) cards.set(metric, new Card(studio, view, title(metric), [{ role: '', metric }], observer));
      cards.get(metric).update(changed);
    }
    place(moves, wanted.map((metric) => cards.get(metric).element));
  }

  return {
    element: h('div', {},
      h('div', { class: 'tools' }, run.element, parameter.element,
        h('label', { class: 'field wide' }, h('span', {}, 'Step ', sliderText), slider)),
      note, pictures, moves),
    async update({ changed, list, keys }) {
      if (list || changed.size > 0 || ['run', 'runs', 'parameter'].some((key) => keys.has(key))) await load(changed);
      else if (keys.has('step')) draw();
    },
  };
}
