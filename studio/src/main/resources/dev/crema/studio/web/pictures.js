import { address, get } from './api.js';
import { h, oneAtATime, place, problem, setText } from './dom.js';

const MANY = 8;

/** The tab with the pictures of the shown runs, the same of each beside one another. */
export function pictures(studio, view) {
  const known = new Map();
  const choice = h('div', { role: 'group', 'aria-label': 'Pictures' });
  const note = h('p', { class: 'soft' });
  const rows = h('div');
  const chips = new Map();
  const groups = new Map();

  const load = oneAtATime(async () => {
    const shown = studio.shown();
    if (shown.some((row) => !known.has(row.id))) setText(note, 'Drawing the pictures …');
    await Promise.all(shown.map(async (row) => {
      if (known.get(row.id)?.version === row.version) return;
      try {
        known.set(row.id, { version: row.version, ...(await get('pictures', { run: row.id })) });
      } catch (error) {
        known.set(row.id, { version: row.version, pictures: [], missing: [], error });
      }
    }));
    draw();
  });

  function draw() {
    const shown = studio.shown().filter((row) => known.has(row.id));
    const sections = new Map(shown.flatMap((row) => known.get(row.id).pictures.map(({ name, section }) => [name, section])));
    const names = [...sections.keys()];
    const wanted = names.filter((name) => view.state.pictures.split(',').includes(name));
    const usual = names.find((name) => name.includes('confusion')) ?? names[0];
    const chosen = wanted.length > 0 ? wanted : [usual].filter(Boolean);
    const bySection = Map.groupBy(names, (name) => sections.get(name));
    place(choice, [...bySection].map(([section, members]) => group(section, members, chosen)));
    setText(note, shown.length === 0 ? 'No run is shown. Tick one in the list.'
      : names.length === 0 ? 'The shown runs have no pictures yet.' : 'Choose one or several:');
    place(rows, [
      ...chosen.map((name) => h('section', {}, h('h2', {}, spoken(name)),
        h('div', { class: 'gallery' }, shown.map((row) => picture(row, name))))),
      ...shown.filter((row) => known.get(row.id).error || known.get(row.id).missing.length > 0).map((row) => left(row, known.get(row.id))),
    ]);
  }

  /** The pictures of a section to choose from, folded when they are very many. */
  function group(section, names, chosen) {
    const many = names.length > MANY;
    const key = `${section} ${many}`;
    if (!groups.has(key)) {
      groups.set(key, many ? h('details', { class: 'chips-of' }, h('summary'), h('div', { class: 'chips' }))
        : h('div', { class: 'chips-of' }, h('span', { class: 'soft' }), h('div', { class: 'chips' })));
    }
    const element = groups.get(key);
    setText(element.firstChild, many ? `${spoken(section)} (${names.length})` : spoken(section));
    place(element.lastChild, names.map((name) => chip(name, section, chosen)));
    return element;
  }

  function chip(name, section, chosen) {
    if (!chips.has(name)) chips.set(name, h('button', { class: 'chip' }, spoken(name, section)));
    const button = chips.get(name);
    const on = chosen.includes(name);
    button.setAttribute('aria-pressed', on);
    button.onclick = () => view.set({ pictures: (on ? chosen.filter((one) => one !== name) : [...chosen, name]).join(',') });
    return button;
  }

  function picture(row, name) {
    const { version, pictures: all } = known.get(row.id);
    const title = h('figcaption', {}, h('span', { class: `swatch r${studio.colour(row.id)}` }), row.name);
    if (!all.some((one) => one.name === name)) return h('figure', {}, title, h('p', { class: 'soft' }, 'This run has no such picture.'));
    const href = address('picture', { run: row.id, name, version });
    return h('figure', {}, title, h('a', { href, target: '_blank', rel: 'noopener' },
      h('img', { src: href, alt: `${spoken(name)} of ${row.name}`, loading: 'lazy' })));
  }

  return {
    element: h('div', {}, note, choice, rows),
    async update({ changed, list, keys }) {
      if (list || changed.size > 0 || keys.has('runs')) await load();
      else if (keys.has('pictures')) draw();
    },
  };
}

/** Why some pictures of a run are not there. */
function left(row, { missing, error }) {
  return h('details', { class: 'missing', open: error !== undefined }, h('summary', {}, `What is left out of ${row.name}`),
    error ? problem(error) : h('ul', {}, missing.map((text) => h('li', {}, text))));
}

/** A picture's name as words, without its section where that goes without saying. */
function spoken(name, section = '') {
  const prefix = `${section.toLowerCase()}-`;
  const words = (name.startsWith(prefix) ? name.slice(prefix.length) : name).replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
