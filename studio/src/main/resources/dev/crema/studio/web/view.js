import { debounced } from './dom.js';

/** What is looked at, and how. All of it stands in the address, after the #. */
const DEFAULTS = Object.freeze({
  tab: 'charts',
  runs: '', // ids with dots between; empty: the newest few
  filter: '', sort: 'newest', group: false, band: 'range',
  x: 'step', smooth: 0.6, log: false, from: '', to: '', charts: '',
  run: '', parameter: '', step: '', pictures: '',
});

/** The state of the page, kept in the address. */
export class View {
  #state = DEFAULTS;
  #listeners = [];
  #write = debounced(250, () => history.replaceState(null, '', this.#hash()));

  constructor() {
    this.#state = this.#parse();
    addEventListener('popstate', () => this.#adopt(this.#parse()));
  }

  get state() {
    return this.#state;
  }

  /** Changes some of it. A change of tab can be undone by the browser's back button. */
  set(changes) {
    const newTab = changes.tab !== undefined && changes.tab !== this.#state.tab;
    const next = Object.freeze({ ...this.#state, ...changes });
    if (newTab) {
      history.replaceState(null, '', this.#hash());
      history.pushState(null, '', this.#hash(next));
    } else {
      this.#write();
    }
    this.#adopt(next);
  }

  /** Calls with the keys that changed. */
  listen(listener) {
    this.#listeners.push(listener);
  }

  #adopt(next) {
    const keys = new Set(Object.keys(DEFAULTS).filter((key) => next[key] !== this.#state[key]));
    this.#state = next;
    if (keys.size > 0) for (const listener of this.#listeners) listener(keys);
  }

  #hash(state = this.#state) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) {
      if (key !== 'tab' && value !== DEFAULTS[key]) query.set(key, value);
    }
    const text = query.toString();
    return `#${state.tab}${text ? `?${text}` : ''}`;
  }

  #parse() {
    const [tab, search = ''] = location.hash.slice(1).split('?', 2);
    const query = new URLSearchParams(search);
    const state = { ...DEFAULTS, tab: tab || DEFAULTS.tab };
    for (const [key, value] of query) {
      if (key === 'tab' || !Object.hasOwn(DEFAULTS, key)) continue;
      if (typeof DEFAULTS[key] === 'boolean') state[key] = value === 'true';
      else if (typeof DEFAULTS[key] === 'number') state[key] = Number(value) || 0;
      else state[key] = value;
    }
    state.smooth = Math.min(0.99, Math.max(0, state.smooth));
    return Object.freeze(state);
  }
}
