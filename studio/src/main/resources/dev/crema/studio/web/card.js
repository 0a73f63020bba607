import { address, get } from './api.js';
import { h, oneAtATime, place, problem, saveFile, setText } from './dom.js';
import { measured, number, position } from './format.js';
import { last, nearest, smoothed, together } from './lines.js';
import { Plot } from './plot.js';

const AT_ONCE = 64;
const POINTS = 1200;
/** What jumps from batch to batch. What is measured once an epoch stays as it is. */
const SMOOTHED = new Set(['batch/loss', 'batch/images_per_second']);
const KINDS = { train: 'solid', validation: 'dashed', test: 'points' };

/** The chart of one quantity: a line per run and role, with what stands at the cursor below. */
export class Card {
  #studio;
  #view;
  #roles;
  #data = new Map();
  #asked = '';
  #legend = [];
  #labels = new Map();
  #plot;
  #near = false;
  #waiting;
  #points = h('span', { class: 'soft' });
  #error = h('div');
  #canvas = h('div', { class: 'plot', role: 'img' });
  #head = h('tr', {}, h('th', { scope: 'col' }));
  #rows = h('tbody');
  #table = h('table', { class: 'legend' }, h('thead', {}, this.#head), this.#rows);
  #csv = h('span', { class: 'links' });

  /** `roles` are {role, metric}; `observer` tells `seen` when the card comes near the window. */
  constructor(studio, view, title, roles, observer) {
    this.#studio = studio;
    this.#view = view;
    this.#roles = roles;
    this.title = title;
    this.element = h('figure', { class: 'card' },
      h('div', { class: 'card-head' }, h('h3', {}, title), this.#points,
        h('span', { class: 'links' }, h('button', { class: 'link', onclick: () => this.#savePng() }, 'PNG'), this.#csv)),
      this.#error, this.#canvas, h('figcaption', {}, this.#table));
    this.#canvas.setAttribute('aria-label', `Chart: ${title}. Its last values are in the table below.`);
    this.#plot = new Plot(this.#canvas, {
      zoom: (from, to) => view.set({ from: from === undefined ? '' : String(from), to: to === undefined ? '' : String(to) }),
      cursor: (x) => this.#read(x),
    });
    observer.observe(this.element);
  }

  get roles() {
    return this.#roles;
  }

  /** Fetches what waits once the card can be seen. */
  seen(near) {
    this.#near = near;
    if (near && this.#waiting) this.update(this.#waiting);
  }

  /** Fetches again the runs that changed, or all when what is asked differs. */
  update(changed) {
    if (!this.#near) {
      this.#waiting = new Set([...(this.#waiting ?? []), ...changed]);
      return;
    }
    const all = new Set([...(this.#waiting ?? []), ...changed]);
    this.#waiting = undefined;
    this.#load(all);
  }

  /** Draws what is there in another way. */
  redraw() {
    if (this.#near) this.#draw();
  }

  emphasise(run) {
    this.#plot.emphasise(run);
  }

  #load = oneAtATime(async (changed) => {
    const { x, from, to } = this.#view.state;
    const range = { from: from || undefined, to: to || undefined };
    const asked = JSON.stringify([x, from, to]);
    if (asked !== this.#asked) this.#data.clear();
    this.#asked = asked;
    const shown = this.#studio.readable();
    for (const id of changed) {
      if (!shown.includes(id)) for (const { metric } of this.#roles) this.#data.delete(`${id} ${metric}`);
    }
    try {
      for (const { metric } of this.#roles) {
        const wanted = shown.filter((id) => changed.has(id) || !this.#data.has(`${id} ${metric}`));
        for (let i = 0; i < wanted.length; i += AT_ONCE) {
          const run = wanted.slice(i, i + AT_ONCE);
          const { series } = await get('series', { run, metric, x, points: POINTS, ...range });
          for (const one of series) this.#data.set(`${one.run} ${metric}`, one);
        }
      }
      place(this.#error, []);
    } catch (error) {
      place(this.#error, [problem(error)]);
    }
    this.#draw();
  }, (a, b) => new Set([...a, ...b]));

  #draw() {
    const { smooth, log, x, from, to } = this.#view.state;
    const groups = this.#groups();
    this.#labels = this.#studio.labels();
    const lines = [];
    this.#legend = [];
    for (const { role, metric } of this.#roles) {
      const kind = KINDS[role] ?? 'solid';
      for (const group of groups) {
        const series = group.runs.map((row) => this.#data.get(`${row.id} ${metric}`)).filter((one) => one?.xs.length > 0);
        const weight = SMOOTHED.has(metric) ? smooth : 0;
        if (group.runs.length > 1 && series.length > 1) this.#addGroup(lines, group, series, kind, weight, role, metric);
        else group.runs.forEach((row) => this.#addRun(lines, row, kind, weight, role, metric));
      }
    }
    if (lines.length === 0) this.#plot.clear();
    else this.#plot.draw(lines, { x, log, from: from === '' ? undefined : Number(from), to: to === '' ? undefined : Number(to) });
    const shown = [...this.#data.values()].filter((one) => this.#studio.shownIds().includes(one.run));
    const drawn = shown.reduce((sum, one) => sum + one.shown, 0);
    const total = shown.reduce((sum, one) => sum + one.total, 0);
    setText(this.#points, drawn < total ? `${number(drawn)} of ${number(total)} points` : '');
    this.#links();
    this.#read();
  }

  /** Runs that are drawn as one, or each by itself. */
  #groups() {
    const rows = this.#studio.shown();
    if (!this.#view.state.group) return rows.map((row) => ({ runs: [row] }));
    return [...Map.groupBy(rows, (row) => row.group ?? row.id).values()].map((runs) => ({ runs }));
  }

  #addRun(lines, row, kind, weight, role, metric) {
    const series = this.#data.get(`${row.id} ${metric}`);
    if (!series || series.xs.length === 0) return;
    const hue = `r${this.#studio.colour(row.id)}`;
    const ys = smoothed(series.ys, weight);
    const line = { run: row.id, xs: series.xs, colour: hue };
    if (weight > 0) lines.push({ ...line, ys: series.ys, kind: 'raw' });
    lines.push({ ...line, ys, kind });
    this.#legend.push({ name: this.#labels.get(row.id), hue, role, metric, xs: series.xs, ys, smooth: weight > 0 });
  }

  #addGroup(lines, group, series, kind, weight, role, metric) {
    const joined = together(series.map(({ xs, ys }) => ({ xs, ys: smoothed(ys, weight) })), POINTS);
    if (!joined) {
      group.runs.forEach((row) => this.#addRun(lines, row, kind, weight, role, metric));
      return;
    }
    const [first] = group.runs;
    const hue = `r${this.#studio.colour(first.id)}`;
    const spread = this.#view.state.band === 'range';
    const low = spread ? joined.low : joined.mean.map((y, i) => y - joined.deviation[i]);
    const high = spread ? joined.high : joined.mean.map((y, i) => y + joined.deviation[i]);
    const line = { run: first.id, xs: joined.xs, colour: hue };
    lines.push({ ...line, ys: low, kind: 'edge' }, { ...line, ys: high, kind: 'edge' }, { ...line, ys: joined.mean, kind });
    const name = `${first.net} on ${first.data}, ${series.length} seeds`;
    this.#legend.push({ name, hue, role, metric, xs: joined.xs, ys: joined.mean, low, high, smooth: weight > 0 });
  }

  #links() {
    const run = this.#studio.readable(AT_ONCE);
    const { x, from, to } = this.#view.state;
    place(this.#csv, run.length === 0 ? [] : this.#roles.map(({ role, metric }) => h('a', {
      href: address('series.csv', { run, metric, x, points: POINTS, from, to }), download: '', title: `All points of ${metric}`,
    }, role ? `CSV ${role}` : 'CSV')));
  }

  /** The values at a place, or the last ones: a row per run, a cell per role. */
  #read(x) {
    const names = [...Map.groupBy(this.#legend, (entry) => `${entry.hue} ${entry.name}`).values()];
    const roles = this.#roles.filter(({ role }) => this.#legend.some((entry) => entry.role === role));
    this.#table.className = `legend roles-${roles.length}`;
    this.#cells(this.#head, 'th', roles.length + 1);
    setText(this.#head.cells[0], this.#legend.length === 0 ? 'No values of the shown runs'
      : (x === undefined ? 'last values' : `at ${position(this.#view.state.x, x)}`) + (this.#legend.some((entry) => entry.smooth) ? ', smoothed' : ''));
    roles.forEach(({ role }, k) => setText(this.#head.cells[k + 1], role && `${role} ${MARKS[KINDS[role]]}`));
    while (this.#rows.rows.length > names.length) this.#rows.deleteRow(-1);
    while (this.#rows.rows.length < names.length) this.#rows.append(h('tr', {}, h('td', {}, h('span'), h('span'))));
    names.forEach((entries, i) => {
      const row = this.#rows.rows[i];
      row.cells[0].firstChild.className = `swatch ${entries[0].hue}`;
      setText(row.cells[0].lastChild, entries[0].name);
      this.#cells(row, 'td', roles.length + 1);
      roles.forEach(({ role }, k) => setText(row.cells[k + 1], text(entries.find((entry) => entry.role === role), x)));
    });
  }

  #cells(row, tag, count) {
    while (row.cells.length > count) row.lastChild.remove();
    while (row.cells.length < count) row.append(h(tag, { class: 'number' }));
  }

  async #savePng() {
    if (this.#legend.length === 0) return;
    const entries = this.#legend.map((entry) => [entry.hue, `${entry.name} ${entry.role} ${text(entry)}`]);
    saveFile(`${this.title.replaceAll(/[^\w.-]+/g, '-').toLowerCase()}.png`, await this.#plot.png(this.title, entries));
  }
}

const MARKS = { solid: '—', dashed: '- -', points: '●' };

/** What a line is at a place, or at its end. */
function text(entry, x) {
  if (!entry) return '';
  const i = x === undefined ? entry.xs.length - 1 : nearest(entry.xs, x);
  const value = x === undefined ? last(entry.ys) : entry.ys[i];
  const spread = entry.low ? ` (${measured(entry.metric, entry.low[i])} … ${measured(entry.metric, entry.high[i])})` : '';
  return measured(entry.metric, value) + spread;
}
