/**
 * Makes an element. Keys of `props`: `onX` listens, names with a dash, `role`, `class`, `for` and `list` are
 * attributes, all others are properties. Children are nodes or text, so no text is ever read as HTML.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key.includes('-') || ATTRIBUTES.has(key)) element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}

const ATTRIBUTES = new Set(['role', 'class', 'for', 'list']);

/** A labelled choice of [value, text] pairs. */
export function select(label, options, value, onchange) {
  const box = h('select', { onchange: () => onchange(box.value) });
  setOptions(box, options, value);
  return { element: h('label', { class: 'field' }, h('span', {}, label), box), box };
}

/** Renews the options of a choice if they are others, and chooses one. */
export function setOptions(box, options, value) {
  const same = box.options.length === options.length
    && options.every(([key, text], i) => box.options[i].value === key && box.options[i].text === text);
  if (!same) box.replaceChildren(...options.map(([key, text]) => h('option', { value: key }, text)));
  if (box.value !== value) box.value = value;
}

/** Text as it is now, unless it is that already: screen readers hear changes alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Puts children in order, touching nothing that stands right: what is focused stays focused. */
export function place(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  children.forEach((child, i) => {
    if (parent.childNodes[i] !== child) parent.insertBefore(child, parent.childNodes[i] ?? null);
  });
}

/**
 * A button that shows and hides an element where there is little room, as on a phone; elsewhere the style sheet
 * hides the button, and the element is always there.
 */
export function fold(text, element) {
  const button = h('button', {
    class: 'fold', 'aria-expanded': 'false', 'aria-controls': element.id,
    onclick: () => button.setAttribute('aria-expanded', element.classList.toggle('open')),
  }, text);
  element.classList.add('folding');
  return button;
}

/** An error where it happened. */
export function problem(error) {
  return h('p', { class: 'problem', role: 'alert' }, error.message);
}

/** Runs one call at a time; calls that came meanwhile become one more, with what all of them brought. */
export function oneAtATime(work, merge = (_, newer) => newer) {
  let busy = false;
  let waiting;
  return async function run(input) {
    if (busy) {
      waiting = waiting ? { input: merge(waiting.input, input) } : { input };
      return;
    }
    busy = true;
    try {
      await work(input);
    } finally {
      busy = false;
      if (waiting) {
        const next = waiting.input;
        waiting = undefined;
        run(next);
      }
    }
  };
}

/** Calls once, a while after the last of many calls. */
export function debounced(milliseconds, work) {
  let timer;
  return (...input) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...input), milliseconds);
  };
}

/** Has the browser save data as a file. */
export function saveFile(name, blob) {
  const href = URL.createObjectURL(blob);
  h('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
