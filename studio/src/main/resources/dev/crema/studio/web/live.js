import { oneAtATime } from './dom.js';

const PAUSE = 1000;
const FEW = 8;

/**
 * Listens to the server and keeps the studio fresh: at most once a second, and not while the page is hidden.
 * `status` gets (class, text).
 */
export class Live {
  #studio;
  #status;
  #onJobs;
  #changed = new Set();
  #list = false;
  #timer;
  #opened = false;

  constructor(studio, status, onJobs) {
    this.#studio = studio;
    this.#status = status;
    this.#onJobs = onJobs;
  }

  start() {
    this.#connect();
    document.addEventListener('visibilitychange', () => this.#later());
  }

  #connect() {
    const events = new EventSource('api/events');
    events.addEventListener('open', () => {
      this.#status('live', 'live');
      if (this.#opened) {
        // whatever happened while nobody listened
        this.#list = true;
        this.#later();
        this.#onJobs();
      }
      this.#opened = true;
    });
    events.addEventListener('error', () => {
      this.#status('lost', 'lost connection, retrying');
      if (events.readyState === EventSource.CLOSED) setTimeout(() => this.#connect(), 3000);
    });
    events.addEventListener('runs', (event) => {
      const { changed, list } = JSON.parse(event.data);
      for (const id of changed) this.#changed.add(id);
      this.#list ||= list || changed.some((id) => !this.#studio.rows.has(id));
      this.#later();
    });
    events.addEventListener('jobs', () => this.#onJobs());
  }

  #later() {
    if (document.hidden || this.#timer || (!this.#list && this.#changed.size === 0)) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#fetch();
    }, PAUSE);
  }

  #fetch = oneAtATime(async () => {
    if (document.hidden) return;
    const ids = [...this.#changed];
    const list = this.#list || ids.length > FEW;
    this.#changed.clear();
    this.#list = false;
    try {
      await (list ? this.#studio.reload() : this.#studio.refresh(ids));
    } catch (error) {
      this.#list = true; // with the next event
      this.#status('lost', error.message);
    }
  });
}
