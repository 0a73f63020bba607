import { get, post } from './api.js';
import { h, oneAtATime, place, problem, select, setOptions, setText } from './dom.js';
import { actions } from './row.js';

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
  const cards = new Map();

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

  function card(job) {
    const key = `${job.run} ${job.command}`;
    if (!cards.has(key)) {
      const parts = { state: h('span', { class: 'status' }), buttons: h('span'), error: h('div'), output: h('pre', { tabIndex: 0 }) };
      parts.element = h('article', { class: 'job' }, h('div', { class: 'card-head' }, h('code', {}, job.command), parts.state, parts.buttons), parts.error, parts.output);
      cards.set(key, parts);
    }
    const { state, buttons, error, output, element: item } = cards.get(key);
    setText(state, job.running ? 'running' : job.exit === 0 ? 'finished' : `ended with exit code ${job.exit}`);
    state.className = `status ${job.running ? 'running' : job.exit === 0 ? 'finished' : 'stopped'}`;
    const row = studio.rows.get(job.run);
    if (buttons.dataset.status !== row?.status) {
      buttons.dataset.status = row?.status ?? '';
      place(buttons, row ? actions(row, (failed) => place(error, [problem(failed)])) : []);
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
