import { debounced, fold, h, place, problem, select, setText } from './dom.js';
import { RunRow } from './row.js';

const SORTS = {
  newest: ['newest', (a, b) => (b.started ?? 0) - (a.started ?? 0)],
  updated: ['last changed', (a, b) => (b.updated ?? 0) - (a.updated ?? 0)],
  name: ['name', (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })],
  accuracy: ['best accuracy', (a, b) => accuracy(b) - accuracy(a)],
  loss: ['least loss', (a, b) => (a.loss ?? Infinity) - (b.loss ?? Infinity)],
  status: ['status', (a, b) => a.status.localeCompare(b.status)],
};

/** The list of runs: what is shown, pinned, sorted, found, grouped. */
export function runs(studio, view) {
  const rows = new Map();
  const heads = new Map();
  const list = h('ul', { class: 'runs' });
  const count = h('span', { class: 'soft', role: 'status' });
  const note = h('div');
  const filter = h('input', {
    type: 'search', placeholder: 'name, net, data, tag, status',
    oninput: debounced(120, () => view.set({ filter: filter.value })),
  });
  const sort = select('Sort by', Object.entries(SORTS).map(([key, [text]]) => [key, text]), view.state.sort, (value) => view.set({ sort: value }));
  const group = h('input', { type: 'checkbox', onchange: () => view.set({ group: group.checked }) });

  function update() {
    const { state } = view;
    if (document.activeElement !== filter) filter.value = state.filter;
    group.checked = state.group;
    sort.box.value = state.sort in SORTS ? state.sort : 'newest';
    const found = matching([...studio.rows.values()], state.filter).sort(SORTS[sort.box.value][1]);
    const pinned = found.filter((row) => studio.pinned(row.id));
    const ordered = [...pinned, ...found.filter((row) => !studio.pinned(row.id))];
    const shown = new Set(studio.shownIds());
    setText(count, `${shown.size} of ${studio.rows.size} shown${found.length < studio.rows.size ? `, ${found.length} found` : ''}`);
    const elements = state.group
      ? [...Map.groupBy(ordered, (row) => row.group ?? row.id)].flatMap(([key, members]) => (members.length === 1
        ? [element(members[0], shown, false)]
        : [head(key, members, shown), ...members.map((row) => element(row, shown, true))]))
      : ordered.map((row) => element(row, shown, false));
    for (const id of rows.keys()) if (!studio.rows.has(id)) rows.delete(id);
    if (note.textContent !== (studio.problem ?? '')) place(note, studio.problem ? [problem({ message: studio.problem })] : []);
    place(list, elements);
  }

  function element(row, shown, nested) {
    if (!rows.has(row.id)) rows.set(row.id, new RunRow(studio));
    const one = rows.get(row.id);
    one.update(row, shown.has(row.id), nested);
    return one.element;
  }

  /** The head of runs that differ in the seed alone shows or hides all of them. */
  function head(key, members, shown) {
    if (!heads.has(key)) {
      const tick = h('input', { type: 'checkbox', class: 'all' });
      const text = h('span', { class: 'run-name' });
      heads.set(key, { tick, text, element: h('li', { class: 'run group' }, h('label', {}, tick, text)) });
    }
    const { tick, text, element: item } = heads.get(key);
    const ids = members.map((row) => row.id);
    const ticked = ids.filter((id) => shown.has(id)).length;
    tick.checked = ticked === ids.length;
    tick.indeterminate = ticked > 0 && ticked < ids.length;
    tick.onchange = () => {
      const others = studio.shownIds().filter((id) => !ids.includes(id));
      studio.show(tick.checked ? [...others, ...ids] : others);
    };
    setText(text, `${members[0].net} on ${members[0].data}, ${members.length} seeds`);
    return item;
  }

  const visible = () => matching([...studio.rows.values()], view.state.filter).map((row) => row.id);
  const choice = h('div', { id: 'choice', class: 'choice' },
    h('label', { class: 'field' }, h('span', {}, 'Find'), filter),
    h('div', { class: 'pair' }, sort.element, h('label', { class: 'tick' }, group, 'group seeds')),
    h('div', { class: 'links' },
      h('button', { class: 'link', onclick: () => studio.show([...studio.shownIds(), ...visible()]) }, 'Show found'),
      h('button', { class: 'link', onclick: () => studio.show([]) }, 'Hide all'),
      h('button', { class: 'link', onclick: () => view.set({ runs: '' }) }, 'Newest few')),
    list);
  return {
    element: h('aside', { 'aria-label': 'Runs' },
      h('div', { class: 'runs-head' }, h('h2', {}, 'Runs'), count, fold('Choose', choice)), note, choice),
    update,
  };
}

/** The runs in which every word stands somewhere. */
function matching(all, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((row) => {
    const text = [row.name, row.net, row.data, row.status, ...(row.tags ?? [])].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function accuracy(row) {
  return row.testAccuracy ?? row.validationAccuracy ?? row.trainAccuracy ?? -1;
}
