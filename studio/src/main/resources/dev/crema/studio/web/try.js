import { postImage } from './api.js';
import { h, oneAtATime, place, problem, select, setOptions, setText } from './dom.js';
import { percent } from './format.js';
import { asMnist, blank, Pad } from './ink.js';

const MOST_BYTES = 4 * 1024 * 1024;
const CLASSES = 10;

/** The tab where a network says what it sees in a drawing or an image. */
export function tryOut(studio, view) {
  const run = select('Run', [], '', (value) => {
    view.set({ run: value });
    ask();
  });
  const invert = h('input', { type: 'checkbox', onchange: () => ask() });
  const brush = h('input', { type: 'range', min: 8, max: 44, value: 22, oninput: () => { pad.brush = Number(brush.value); } });
  const file = h('input', { type: 'file', accept: 'image/png,image/jpeg', onchange: () => take(file.files[0]) });
  const preview = h('canvas', { class: 'preview', role: 'img', 'aria-label': 'What the network gets', width: 28, height: 28 });
  const size = h('span', { class: 'soft' });
  const note = h('div');
  const answer = h('p', { class: 'answer', role: 'status' }, 'Draw, or choose an image.');
  const bars = h('ol', { class: 'bars' });
  const canvas = h('canvas', { class: 'pad', role: 'img', 'aria-label': 'Draw here, or choose an image below' });
  let image;
  const pad = new Pad(canvas, () => {
    image = undefined;
    ask();
  });

  const ask = oneAtATime(async () => {
    const drawing = image ? undefined : asMnist(canvas);
    if (!run.box.value || (!image && !drawing)) {
      forget();
      return;
    }
    if (bars.children.length === 0) setText(answer, 'Asking the network …');
    try {
      const blob = image?.blob ?? await new Promise((resolve) => drawing.toBlob(resolve, 'image/png'));
      const seen = await postImage('predict', { run: run.box.value, invert: invert.checked }, blob);
      place(note, []);
      draw(image?.bitmap ?? drawing, seen);
    } catch (error) {
      forget();
      place(note, [problem(error)]);
    }
  });

  function forget() {
    setText(answer, 'Draw, or choose an image.');
    setText(size, '');
    place(bars, []);
    place(note, []);
    preview.getContext('2d').clearRect(0, 0, preview.width, preview.height);
  }

  function draw(picture, { step, channels, height, width, classes }) {
    preview.width = width;
    preview.height = height;
    const pen = preview.getContext('2d');
    pen.filter = `${channels === 1 ? 'grayscale(1)' : 'none'} ${invert.checked ? 'invert(1)' : ''}`.replace(/^none (?=\S)/, '').trim();
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(picture, 0, 0, width, height);
    setText(size, `${channels} × ${height} × ${width}, weights of step ${step}`);
    setText(answer, `${classes[0].name}, ${percent(classes[0].probability)}`);
    const most = classes.slice(0, CLASSES);
    while (bars.children.length > most.length) bars.lastChild.remove();
    while (bars.children.length < most.length) bars.append(h('li', {}, h('span', { class: 'class' }), h('span', { class: 'track' }, h('span', { class: 'bar' })), h('span', { class: 'number' })));
    most.forEach(({ name, probability }, i) => {
      const [label, track, value] = bars.children[i].children;
      setText(label, name);
      track.firstChild.style.width = `${100 * probability}%`;
      setText(value, percent(probability));
    });
  }

  /** Takes an image that was chosen, dropped or pasted. */
  async function take(blob) {
    if (!blob) return;
    try {
      if (!['image/png', 'image/jpeg'].includes(blob.type)) {
        throw new Error(`${blob.name}: expected a PNG or JPEG image, but it is ${blob.type || 'of an unknown kind'}; convert it first`);
      }
      if (blob.size > MOST_BYTES) {
        throw new Error(`${blob.name}: expected at most 4 MiB, but it has ${(blob.size / 1024 / 1024).toFixed(1)} MiB; make it smaller`);
      }
      const bitmap = await createImageBitmap(blob).catch(() => {
        throw new Error(`${blob.name}: cannot be read as an image; it may be damaged`);
      });
      pad.clear();
      image = { blob, bitmap };
      showOnPad(bitmap);
      await ask();
    } catch (error) {
      place(note, [problem(error)]);
    }
  }

  function showOnPad(bitmap) {
    const pen = canvas.getContext('2d');
    const scale = Math.min(canvas.width / bitmap.width, canvas.height / bitmap.height);
    pen.drawImage(blank(1, 1), 0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, (canvas.width - bitmap.width * scale) / 2, (canvas.height - bitmap.height * scale) / 2, bitmap.width * scale, bitmap.height * scale);
  }

  const element = h('div', {
    ondragover: (event) => event.preventDefault(),
    ondrop: (event) => {
      event.preventDefault();
      take(event.dataTransfer.files[0]);
    },
  },
  h('div', { class: 'tools' }, run.element, h('label', { class: 'field' }, h('span', {}, 'Brush'), brush),
    h('button', { onclick: () => pad.undo() }, 'Undo'), h('button', { onclick: () => pad.clear() }, 'Clear'),
    h('label', { class: 'tick' }, invert, 'invert (dark on light)')),
  note,
  h('div', { class: 'trial' },
    h('div', {}, canvas,
      h('label', { class: 'field' }, h('span', {}, 'Or an image: choose, drop or paste a PNG or JPEG'), file)),
    h('figure', {}, h('h3', {}, 'What the network gets'), preview, h('figcaption', {}, size)),
    h('section', { class: 'says' }, h('h3', {}, 'What it says'), answer, bars)));
  document.addEventListener('paste', (event) => {
    if (element.isConnected) take([...event.clipboardData.files][0]);
  });

  return {
    element,
    async update({ list, changed }) {
      if (!list && changed.size === 0) return;
      const rows = [...studio.rows.values()].filter((row) => row.status !== 'damaged');
      const usual = rows.find((row) => row.status === 'finished') ?? rows[0];
      const chosen = studio.rows.has(view.state.run) ? view.state.run : usual?.id ?? '';
      const before = run.box.value;
      setOptions(run.box, rows.map((row) => [row.id, `${row.name} (${row.status})`]), chosen);
      if (before && before !== chosen) ask();
    },
  };
}
