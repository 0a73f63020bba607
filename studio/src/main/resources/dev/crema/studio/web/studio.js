import { get } from './api.js';
import { Kept } from './kept.js';

const SHOWN_AT_FIRST = 8;
const COLOURS = 8;

/** The runs as the server told them last, and which of them are shown. */
export class Studio {
  rows = new Map();
  /** Why runs may be missing from the list. */
  problem;
  about = { nets: [], datasets: [], version: '', folder: '' };
  #view;
  #details = new Map();
  #pins = new Kept('pins', []);
  #colours = new Kept('colours', {});
  #listeners = [];
  #emphasis = [];

  constructor(view) {
    this.#view = view;
  }

  /** Calls with the ids of runs that changed, and whether runs came, went, or were shown or hidden. */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Calls with the id of the run that is pointed at, or nothing. */
  onEmphasis(listener) {
    this.#emphasis.push(listener);
  }

  emphasise(id) {
    for (const listener of this.#emphasis) listener(id);
  }

  /** Tells all who listen. */
  tell(changed = new Set(), list = true) {
    for (const listener of this.#listeners) listener({ changed, list });
  }

  async start() {
    const about = get('studio');
    await Promise.all([about.then((answer) => { this.about = answer; }), this.reload()]);
    this.tell();
  }

  /** Reads the whole list. Runs that are new to a list that was there are shown. */
  async reload() {
    const { runs, problem } = await get('runs');
    this.problem = problem;
    const before = this.rows;
    this.rows = new Map(runs.map((row) => [row.id, row]));
    const changed = new Set(runs.filter((row) => row.version !== before.get(row.id)?.version).map((row) => row.id));
    const fresh = runs.filter((row) => !before.has(row.id)).map((row) => row.id);
    if (before.size > 0 && fresh.length > 0 && this.#view.state.runs !== '') {
      this.show([...this.shownIds(), ...fresh]);
    }
    this.tell(changed, true);
  }

  /** Reads some runs again. */
  async refresh(ids) {
    const known = ids.filter((id) => this.rows.has(id));
    const answers = await Promise.allSettled(known.map((id) => get('run', { run: id })));
    answers.forEach((answer, i) => {
      if (answer.status === 'fulfilled') {
        this.rows.set(known[i], answer.value.row);
        this.#remember(answer.value);
      }
    });
    const failed = answers.find((answer) => answer.status === 'rejected');
    this.tell(new Set(known), false);
    if (failed) throw failed.reason;
  }

  /** All about one run: settings, metrics, parameters. */
  details(id) {
    const known = this.#details.get(id);
    if (known && known.version === this.rows.get(id)?.version) return known.answer;
    const answer = get('run', { run: id });
    this.#details.set(id, { version: this.rows.get(id)?.version, answer });
    answer.catch(() => this.#details.delete(id));
    return answer;
  }

  #remember(details) {
    this.#details.set(details.row.id, { version: details.row.version, answer: Promise.resolve(details) });
  }

  /** The ids of the shown runs: those that were chosen, or the newest few. */
  shownIds() {
    const chosen = this.#view.state.runs;
    if (chosen === 'none') return [];
    const ids = chosen === '' ? [...this.rows.keys()].slice(0, SHOWN_AT_FIRST) : chosen.split('.');
    return ids.filter((id) => this.rows.has(id));
  }

  /** The shown runs, newest first. */
  shown() {
    const ids = new Set(this.shownIds());
    return [...this.rows.values()].filter((row) => ids.has(row.id));
  }

  /** The ids of those shown runs that can be read; `most` because one question names no more. */
  readable(most = Infinity) {
    return this.shown().filter((row) => row.status !== 'damaged').map((row) => row.id).slice(0, most);
  }

  /** What the shown runs are called where there is little room: without the time in front, where that is clear. */
  labels() {
    const short = (row) => row.name.replace(/^\d{8}-\d{6}-(?=.)/, '');
    const uses = Map.groupBy(this.shown(), short);
    return new Map(this.shown().map((row) => [row.id, uses.get(short(row)).length === 1 ? short(row) : row.name]));
  }

  /** Shows these runs and no others. */
  show(ids) {
    this.#view.set({ runs: [...new Set(ids)].join('.') || 'none' });
  }

  pinned(id) {
    return this.#pins.value.includes(id);
  }

  pin(id, pinned) {
    const others = this.#pins.value.filter((one) => one !== id);
    this.#pins.value = pinned ? [...others, id] : others;
    this.tell();
  }

  /** The number of a run's colour: once given, it stays; a new run gets the one that is shown least. */
  colour(id) {
    const given = this.#colours.value;
    if (given[id] === undefined) {
      const uses = Array(COLOURS).fill(0);
      for (const other of this.shownIds()) if (given[other] !== undefined) uses[given[other]]++;
      const kept = Object.fromEntries(Object.entries(given).filter(([other]) => this.rows.has(other)));
      this.#colours.value = { ...kept, [id]: uses.indexOf(Math.min(...uses)) };
    }
    return this.#colours.value[id] % COLOURS;
  }
}
