import { address, post, put } from './api.js';
import { h, place, problem, setText } from './dom.js';
import { duration, number, percent } from './format.js';

/** The buttons that a run's status asks for. */
export function actions(row, failed) {
  const ask = (path) => async (event) => {
    event.target.disabled = true;
    try {
      await post(path, { run: row.id });
    } catch (error) {
      failed(error);
      event.target.disabled = false;
    }
  };
  if (row.status === 'running') return [h('button', { onclick: ask('stop') }, 'Stop')];
  if (row.status === 'interrupted' || row.status === 'stopped') return [h('button', { onclick: ask('resume') }, 'Resume')];
  return [];
}

/** One run in the list; it is changed in place, so that focus stays where it is. */
export class RunRow {
  #studio;
  #row;
  #drawn = '';
  #tick = h('input', { type: 'checkbox' });
  #name = h('span', { class: 'run-name' });
  #status = h('span');
  #figures = h('span');
  #tags = h('div', { class: 'tags' });
  #actions = h('span');
  #pin = h('button', { class: 'icon', title: 'Pin to the top' }, '☆');
  #more = h('button', { class: 'icon', title: 'Tags and more', 'aria-expanded': 'false' }, '⋯');
  #panel = h('div', { class: 'run-panel', hidden: true });
  #error = h('div');

  constructor(studio) {
    this.#studio = studio;
    this.element = h('li', { class: 'run' },
      h('div', { class: 'run-head' }, h('label', {}, this.#tick, this.#name), this.#pin, this.#more),
      h('div', { class: 'run-figures' }, this.#status, this.#figures, this.#actions), this.#tags, this.#error, this.#panel);
    this.#tick.addEventListener('change', () => {
      const ids = studio.shownIds();
      studio.show(this.#tick.checked ? [...ids, this.#row.id] : ids.filter((id) => id !== this.#row.id));
    });
    this.#pin.addEventListener('click', () => studio.pin(this.#row.id, !studio.pinned(this.#row.id)));
    this.#more.addEventListener('click', () => this.#toggle());
    const point = () => studio.emphasise(this.#tick.checked ? this.#row.id : undefined);
    this.element.addEventListener('mouseenter', point);
    this.element.addEventListener('mouseleave', () => studio.emphasise());
    this.#tick.addEventListener('focus', () => this.#tick.matches(':focus-visible') && point());
    this.#tick.addEventListener('blur', () => studio.emphasise());
  }

  /** Shows the run as it is now. */
  update(row, shown, nested) {
    this.#row = row;
    const pinned = this.#studio.pinned(row.id);
    const hue = shown ? `r${this.#studio.colour(row.id)}` : '';
    const state = `${row.version} ${row.status} ${hue} ${pinned} ${nested}`;
    if (state === this.#drawn) return;
    this.#drawn = state;
    this.element.className = `run ${nested ? 'nested' : ''}`;
    this.#tick.checked = shown;
    this.#tick.className = hue;
    setText(this.#name, row.name);
    this.#name.title = row.name;
    this.#status.className = `status ${row.status}`;
    setText(this.#status, row.status);
    setText(this.#pin, pinned ? '★' : '☆');
    this.#pin.setAttribute('aria-pressed', pinned);
    this.#pin.setAttribute('aria-label', `Pin ${row.name}`);
    this.#more.setAttribute('aria-label', `Tags and more of ${row.name}`);
    place(this.#actions, actions(row, (error) => this.#failed(error)));
    setText(this.#figures, row.problem ?? figures(row));
    place(this.#tags, (row.tags ?? []).map((tag) => h('span', { class: 'tag' }, tag)));
  }

  #failed(error) {
    place(this.#error, error ? [problem(error)] : []);
  }

  #toggle() {
    const open = this.#panel.hidden;
    this.#panel.hidden = !open;
    this.#more.setAttribute('aria-expanded', open);
    if (!open) return;
    const row = this.#row;
    const tags = h('input', { value: (row.tags ?? []).join(', '), placeholder: 'baseline, wide' });
    const save = async (event) => {
      event.preventDefault();
      try {
        await put('tags', { run: row.id }, { tags: tags.value.split(',').map((tag) => tag.trim()).filter(Boolean) });
        this.#failed();
        await this.#studio.refresh([row.id]);
      } catch (error) {
        this.#failed(error);
      }
    };
    place(this.#panel, [
      h('form', { class: 'pair', onsubmit: save },
        h('label', { class: 'field' }, h('span', {}, 'Tags, with commas between'), tags), h('button', {}, 'Save')),
      h('div', { class: 'links' },
        h('button', { class: 'link', onclick: () => this.#studio.show([row.id]) }, 'Show only this'),
        h('button', { class: 'link', onclick: (event) => this.#copy(event.target) }, 'Copy settings'),
        h('a', { href: address('report', { run: row.id }), target: '_blank', rel: 'noopener' }, 'Report')),
      h('p', { class: 'soft' }, `Started ${new Date(row.started).toLocaleString()}, trained ${duration(row.seconds)}`,
        row.parameters === undefined ? '' : `, ${number(row.parameters)} parameters`),
    ]);
    tags.focus();
  }

  async #copy(button) {
    try {
      const { experiment } = await this.#studio.details(this.#row.id);
      await navigator.clipboard.writeText(experiment);
      setText(button, 'Copied');
    } catch (error) {
      this.#failed(error);
    }
  }
}

/** The newest figures of a run in one line. */
function figures(row) {
  const parts = [];
  if (row.status === 'running' && row.epochs === undefined) parts.push('starting');
  else if (row.status === 'running' || (row.epoch ?? 0) < row.epochs) parts.push(`epoch ${row.epoch ?? 0}/${row.epochs}`);
  if (row.testAccuracy !== undefined) parts.push(`test ${percent(row.testAccuracy)}`);
  else if (row.validationAccuracy !== undefined) parts.push(`validation ${percent(row.validationAccuracy)}`);
  else if (row.trainAccuracy !== undefined) parts.push(`training ${percent(row.trainAccuracy)}`);
  if (row.loss !== undefined) parts.push(`loss ${number(row.loss, 3)}`);
  if (row.status === 'running' && row.imagesPerSecond !== undefined) parts.push(`${number(row.imagesPerSecond)} images/s`);
  return parts.join(' · ');
}
