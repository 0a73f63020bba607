const SIDE = 280;
const IMAGE = 28;
const DIGIT = 20;

/** A canvas to draw a digit on, white on black, with mouse, pen or finger. Calls `changed` while it is drawn. */
export class Pad {
  #strokes = [];
  #changed;
  brush = 22;

  constructor(canvas, changed) {
    this.canvas = canvas;
    this.#changed = changed;
    canvas.width = SIDE;
    canvas.height = SIDE;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#strokes.push({ width: this.brush, points: [this.#place(event)] });
      this.#redraw();
      changed();
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const one of events.length > 0 ? events : [event]) this.#strokes.at(-1).points.push(this.#place(one));
      this.#redraw();
      changed();
    });
    this.#redraw();
  }

  clear() {
    this.#strokes = [];
    this.#redraw();
    this.#changed();
  }

  undo() {
    this.#strokes.pop();
    this.#redraw();
    this.#changed();
  }

  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  #redraw() {
    const pen = this.canvas.getContext('2d', { willReadFrequently: true });
    pen.fillStyle = '#000';
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.strokeStyle = '#fff';
    pen.lineCap = 'round';
    pen.lineJoin = 'round';
    for (const { width, points } of this.#strokes) {
      pen.lineWidth = width;
      pen.beginPath();
      pen.moveTo(...points[0]);
      for (const point of points) pen.lineTo(...point);
      pen.stroke();
    }
  }
}

/**
 * A drawing as the digits of MNIST were made: cropped to its ink, the larger side scaled to 20 pixels, its centre
 * of mass in the middle of 28 by 28. Undefined when there is no ink.
 */
export function asMnist(drawing) {
  const box = inkBox(drawing);
  if (!box) return undefined;
  const scale = DIGIT / Math.max(box.width, box.height);
  const width = Math.max(1, Math.round(box.width * scale));
  const height = Math.max(1, Math.round(box.height * scale));
  const small = blank(width, height);
  const pen = small.getContext('2d');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(drawing, box.left, box.top, box.width, box.height, 0, 0, width, height);
  const [x, y] = centreOfMass(small);
  const image = blank(IMAGE, IMAGE);
  image.getContext('2d').drawImage(small, kept(Math.round(IMAGE / 2 - x), width), kept(Math.round(IMAGE / 2 - y), height));
  return image;
}

/** A left or top edge so that nothing falls off. */
function kept(edge, size) {
  return Math.min(IMAGE - size, Math.max(0, edge));
}

/** A black canvas. */
export function blank(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  pen.fillStyle = '#000';
  pen.fillRect(0, 0, width, height);
  return canvas;
}

function inkBox(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let i = 0; i < width * height; i++) {
    if (data[4 * i] === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function centreOfMass(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < width * height; i++) {
    mass += data[4 * i];
    x += data[4 * i] * ((i % width) + 0.5);
    y += data[4 * i] * (Math.floor(i / width) + 0.5);
  }
  return mass === 0 ? [width / 2, height / 2] : [x / mass, y / mass];
}
