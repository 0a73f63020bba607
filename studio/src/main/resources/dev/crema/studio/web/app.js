import { charts } from './charts.js';
import { compare } from './compare.js';
import { h, place, problem, setText } from './dom.js';
import { Live } from './live.js';
import { parameters } from './parameters.js';
import { pictures } from './pictures.js';
import { runs } from './runs.js';
import { Studio } from './studio.js';
import { train } from './train.js';
import { tryOut } from './try.js';
import { View } from './view.js';

const TABS = {
  charts: ['Charts', charts],
  parameters: ['Parameters', parameters],
  pictures: ['Pictures', pictures],
  compare: ['Compare', compare],
  try: ['Try', tryOut],
  train: ['Train', train],
};

const view = new View();
const studio = new Studio(view);
const tabs = Object.fromEntries(Object.entries(TABS).map(([key, [, make]]) => [key, make(studio, view)]));
/** What changed while a tab was not looked at. */
const missed = Object.fromEntries(Object.keys(TABS).map((key) => [key, new Set()]));
const sidebar = runs(studio, view);
const buttons = Object.entries(TABS).map(([key, [text]]) => h('button', {
  role: 'tab', id: `tab-${key}`, 'aria-controls': 'panel', onclick: () => view.set({ tab: key }),
}, text));
const panel = h('div', { role: 'tabpanel', id: 'panel' });
const about = h('span', { class: 'soft about' });
const connection = h('span', { class: 'connection', role: 'status' }, 'connecting');
const error = h('div');
const welcome = h('section', { class: 'welcome' }, h('h2', {}, 'No runs yet'),
  h('p', {}, 'Train something, and it appears here while it learns:'),
  h('pre', {}, './crema train lenet'),
  h('button', { onclick: () => view.set({ tab: 'train' }) }, 'Or train from here'));
let drawn;

/** Shows the chosen tab, and tells it what changed: ids of runs, whether the list did, keys of the view. */
function update({ changed = new Set(), list = false, keys = new Set() }) {
  const chosen = view.state.tab in tabs ? view.state.tab : 'charts';
  for (const button of buttons) {
    const selected = button.id === `tab-${chosen}`;
    button.setAttribute('aria-selected', selected);
    button.tabIndex = selected ? 0 : -1;
  }
  panel.setAttribute('aria-labelledby', `tab-${chosen}`);
  sidebar.update();
  for (const ids of Object.values(missed)) for (const id of changed) ids.add(id);
  const empty = studio.rows.size === 0 && chosen !== 'train';
  place(panel, [empty ? welcome : tabs[chosen].element]);
  if (empty) {
    drawn = undefined;
    return;
  }
  tabs[chosen].update({ changed: missed[chosen], list: list || drawn !== chosen, keys });
  missed[chosen] = new Set();
  drawn = chosen;
}

/** Left and right go from tab to tab, as the pattern for tabs says. */
function walk(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
  next.focus();
  next.click();
}

document.body.append(
  h('header', {}, h('h1', {}, 'Crema Studio'),
    h('div', { role: 'tablist', 'aria-label': 'Views', onkeydown: walk }, buttons), about, connection),
  h('div', { class: 'page' }, sidebar.element, h('main', {}, error, panel)));
view.listen((keys) => update({ keys }));
studio.listen(update);

const live = new Live(studio, (kind, text) => {
  connection.className = `connection ${kind}`;
  setText(connection, text);
}, () => tabs.train.jobs());
try {
  await studio.start();
  setText(about, `${studio.about.folder} · ${studio.about.version}`);
  about.title = studio.about.folder;
} catch (failed) {
  place(error, [problem(failed)]);
}
live.start();
