import { get, post } from './api.js';
import { h, oneAtATime, place, problem, select, setOptions, setText } from './dom.js';
import { actions } from './row.js';

/** How processes exit after HUP, INT and TERM. */
const STOPPED = new Set([129, 130, 143]);

/** The tab that starts trainings, and shows what became of those started here. */
export function train(studio) {
  const net = select('Network', [], '', () => {});
  const data = select('Data', [], '', () => {});
  const fields = {
    epochs: ['Epochs', h('input', { type: 'number', min: 1, placeholder: 'as usual' })],
    batch: ['Batch', h('input', { type: 'number', min: 1, placeholder: 'as usual' })],
    seed: ['Seed', h('input', { type: 'number', placeholder: 'as usual' })],
    limit: ['Images at most', h('input', { type: 'number', min: 1, placeholder: 'all' })],
  };
  const button = h('button', { class: 'main' }, 'Start training');
  const note = h('div', { role: 'status' });
  const list = h('div');
  const cards = [];

  async function start(event) {
    event.preventDefault();
    button.disabled = true;
    try {
      const numbers = Object.entries(fields).filter(([, [, input]]) => input.value !== '').map(([key, [, input]]) => [key, Number(input.value)]);
      await post('train', {}, { net: net.box.value, ...(data.box.value ? { data: data.box.value } : {}), ...Object.fromEntries(numbers) });
      place(note, [h('p', { class: 'soft' }, 'Started. It appears among the runs as soon as it has read its data.')]);
      await jobs();
    } catch (error) {
      place(note, [problem(error)]);
    }
    button.disabled = false;
  }

  const jobs = oneAtATime(async () => {
    if (!element.isConnected || document.hidden) return;
    try {
      const { jobs: all } = await get('jobs');
      place(list, all.length === 0 ? [h('p', { class: 'soft' }, 'None yet.')] : all.map(card));
    } catch (error) {
      place(list, [problem(error)]);
    }
  });

  /** The i-th job. Only a run's newest job has buttons: what they do, they do to the run. */
  function card(job, i, all) {
    cards[i] ??= jobCard();
    const { command, state, buttons, output, element: item } = cards[i];
    const [kind, text] = outcome(job);
    setText(command, job.command);
    setText(state, text);
    state.className = `status ${kind}`;
    const row = all.findIndex(({ run }) => run === job.run) === i ? studio.rows.get(job.run) : undefined;
    const shown = row ? `${row.id} ${row.status}` : '';
    if (buttons.dataset.shown !== shown) {
      buttons.dataset.shown = shown;
      place(buttons, row ? actions(row, (failed) => place(note, [problem(failed)])) : []);
    }
    setText(output, job.output.join('\n'));
    return item;
  }

  const element = h('div', {},
    h('form', { class: 'tools', onsubmit: start }, net.element, data.element,
      Object.values(fields).map(([text, input]) => h('label', { class: 'field short' }, h('span', {}, text), input)), button),
    note, h('h2', {}, 'Started from here'), list);

  return {
    element,
    jobs,
    async update({ list: renewed, changed }) {
      const { nets, datasets } = studio.about;
      setOptions(net.box, nets.map((name) => [name, name]), net.box.value || (nets.includes('lenet') ? 'lenet' : nets[0]));
      setOptions(data.box, [['', 'as usual'], ...datasets.map((name) => [name, name])], data.box.value);
      if (renewed || changed.size > 0) await jobs();
    },
  };
}

function jobCard() {
  const parts = { command: h('code'), state: h('span'), buttons: h('span'), output: h('pre', { tabIndex: 0, 'aria-label': 'Its last output' }) };
  const element = h('article', { class: 'job' }, h('div', { class: 'card-head' }, parts.command, parts.state, parts.buttons), parts.output);
  return { ...parts, element };
}

/** How a job goes or ended, as a status and in words. */
function outcome({ running, exit }) {
  if (running) return ['running', 'running'];
  if (exit === 0) return ['finished', 'finished'];
  return STOPPED.has(exit) ? ['stopped', 'stopped'] : ['damaged', `ended with exit code ${exit}`];
}
