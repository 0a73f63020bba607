import { number } from './format.js';
import { colour } from './plot.js';

const HEIGHT = 220;
const FOOT = 20;
const SIDE = 46;

/** Draws the histogram of one step, on the axis that all steps share. */
export function drawHistogram(canvas, step, steps) {
  const { pen, width } = prepare(canvas);
  const [low, high] = span(steps);
  const place = (value) => ((value - low) / (high - low)) * width;
  const bin = (step.high - step.low) / step.counts.length;
  const most = Math.max(1, ...step.counts);
  pen.fillStyle = colour('accent');
  step.counts.forEach((count, i) => {
    const left = place(step.low + i * bin);
    const tall = (count / most) * (HEIGHT - FOOT - 8);
    pen.fillRect(left, HEIGHT - FOOT - tall, Math.max(1, place(step.low + (i + 1) * bin) - left - 1), tall);
  });
  pen.strokeStyle = colour('soft');
  pen.beginPath();
  pen.moveTo(0, HEIGHT - FOOT + 0.5);
  pen.lineTo(width, HEIGHT - FOOT + 0.5);
  pen.stroke();
  pen.fillStyle = colour('soft');
  [[low, 'left', 0], [(low + high) / 2, 'center', width / 2], [high, 'right', width]].forEach(([value, align, x]) => {
    pen.textAlign = align;
    pen.fillText(number(value, 3), x, HEIGHT - 5);
  });
}

/** Draws all steps beside each other, each a column as dark as there are values, and marks one. */
export function drawStrip(canvas, steps, marked) {
  const { pen, width } = prepare(canvas);
  const [low, high] = span(steps);
  const tall = HEIGHT - FOOT;
  const column = (width - SIDE) / steps.length;
  const row = (value) => Math.round(tall - ((value - low) / (high - low)) * tall);
  const left = (k) => Math.round(SIDE + k * column); // whole pixels, or seams show
  pen.fillStyle = colour('accent');
  steps.forEach((step, k) => {
    const bin = (step.high - step.low) / step.counts.length;
    const most = Math.max(1, ...step.counts);
    step.counts.forEach((count, i) => {
      pen.globalAlpha = Math.sqrt(count / most);
      const top = row(step.low + (i + 1) * bin);
      pen.fillRect(left(k), top, left(k + 1) - left(k), row(step.low + i * bin) - top);
    });
  });
  pen.globalAlpha = 1;
  pen.strokeStyle = colour('ink');
  pen.lineWidth = 1.5;
  pen.strokeRect(left(marked) + 0.5, 0.75, Math.max(3, column - 1), tall - 1.5);
  pen.fillStyle = colour('soft');
  pen.textAlign = 'right';
  pen.fillText(number(high, 3), SIDE - 5, 10);
  pen.fillText(number(low, 3), SIDE - 5, tall);
  pen.textAlign = 'left';
  pen.fillText(`step ${number(steps[0].step)}`, SIDE, HEIGHT - 5);
  pen.textAlign = 'right';
  pen.fillText(number(steps.at(-1).step), width, HEIGHT - 5);
}

/** From the least to the greatest value of all steps; never empty. */
function span(steps) {
  const low = Math.min(...steps.map((step) => step.low));
  const high = Math.max(...steps.map((step) => step.high));
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

function prepare(canvas) {
  const width = canvas.clientWidth;
  canvas.width = width * devicePixelRatio;
  canvas.height = HEIGHT * devicePixelRatio;
  const pen = canvas.getContext('2d');
  pen.scale(devicePixelRatio, devicePixelRatio);
  pen.font = '11px system-ui, sans-serif';
  return { pen, width };
}
