import uPlot from './uPlot.esm.js';
import { number } from './format.js';

const HEIGHT = 240;
const DIM = 0.12;

/** A colour of the style sheet as it is now. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A colour, let through by so much. */
function translucent(hex, share) {
  return hex + Math.round(255 * share).toString(16).padStart(2, '0');
}

/**
 * A chart with lines and bands on one canvas. A line is {run, xs, ys, colour, kind}: `raw` is faint, `solid`,
 * `dashed`, `points` are roles, and `edge` bounds a band with the edge after it.
 */
export class Plot {
  #host;
  #on;
  #chart;
  #shape;
  #lines = [];
  #scales = {};
  #emphasised;

  /** `on` has zoom(from, to), zoom() to reset, and cursor(x), cursor() when it left. */
  constructor(host, on) {
    this.#host = host;
    this.#on = on;
    new ResizeObserver(() => this.#fit()).observe(host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#shape = undefined;
      if (this.#lines.length > 0) this.draw(this.#lines, this.#scales);
    });
  }

  /** Draws lines; `scales` has x (what it counts), log, and from and to when zoomed. */
  draw(lines, scales) {
    this.#lines = lines;
    this.#scales = scales;
    const shape = JSON.stringify([scales.x, scales.log, lines.map((line) => [line.run, line.colour, line.kind])]);
    const data = uPlot.join(lines.map(({ xs, ys }) => [xs, scales.log ? ys.map((y) => (y > 0 ? y : null)) : ys]));
    if (shape !== this.#shape) {
      this.#chart?.destroy();
      this.#chart = new uPlot(this.#options(lines, scales), data, this.#host);
      this.#shape = shape;
      this.emphasise(this.#emphasised);
    } else {
      this.#chart.setData(data);
    }
  }

  /** Takes the chart away. */
  clear() {
    this.#chart?.destroy();
    this.#chart = undefined;
    this.#shape = undefined;
    this.#lines = [];
  }

  /** Lets one run stand out, or none. */
  emphasise(run) {
    this.#emphasised = run;
    if (!this.#chart) return;
    this.#lines.forEach((line, i) => {
      this.#chart.series[i + 1].alpha = run === undefined || line.run === run ? 1 : DIM;
    });
    this.#chart.redraw(false);
  }

  /** The chart as a picture, with a title and a legend of [colour, text] pairs. */
  png(title, legend) {
    const source = this.#chart.ctx.canvas;
    const unit = devicePixelRatio;
    const canvas = document.createElement('canvas');
    canvas.width = source.width;
    canvas.height = source.height + (30 + 18 * legend.length) * unit;
    const pen = canvas.getContext('2d');
    pen.fillStyle = colour('paper');
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(source, 0, 26 * unit);
    pen.scale(unit, unit);
    pen.fillStyle = colour('ink');
    pen.font = '600 14px system-ui, sans-serif';
    pen.fillText(title, 10, 19);
    pen.font = '12px system-ui, sans-serif';
    legend.forEach(([swatch, text], i) => {
      const y = source.height / unit + 40 + 18 * i;
      pen.fillStyle = colour(swatch);
      pen.fillRect(12, y - 9, 10, 10);
      pen.fillStyle = colour('ink');
      pen.fillText(text, 30, y);
    });
    return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
  }

  #fit() {
    const width = this.#host.clientWidth;
    if (this.#chart && width > 0 && width !== this.#chart.width) this.#chart.setSize({ width, height: HEIGHT });
  }

  #options(lines, scales) {
    const axis = {
      stroke: colour('soft'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: colour('hair'), width: 1 },
      ticks: { stroke: colour('hair'), width: 1 },
    };
    const edges = lines.flatMap((line, i) => (line.kind === 'edge' ? [i + 1] : []));
    return {
      width: Math.max(200, this.#host.clientWidth),
      height: HEIGHT,
      ms: 1,
      legend: { show: false },
      scales: {
        x: { time: scales.x === 'time', range: (_, low, high) => this.#range(low, high) },
        y: scales.log ? { distr: 3 } : {},
      },
      axes: [
        { ...axis, size: scales.x === 'time' ? 48 : 34, ...(scales.x === 'time' ? {} : { values: (_, marks) => marks.map((mark) => number(mark)) }) },
        { ...axis, size: widthOf, values: (_, marks) => marks.map((mark) => (mark === null ? '' : number(mark))) },
      ],
      series: [{}, ...lines.map((line) => style(line))],
      bands: edges.flatMap((edge, i) => (i % 2 === 0
        ? [{ series: [edges[i + 1], edge], fill: translucent(colour(lines[edge - 1].colour), 0.16) }] : [])),
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
        sync: { key: 'crema', scales: ['x', null], setSeries: false, filters: { pub: (type) => !/^mouse(down|up)$/.test(type) } },
        bind: { dblclick: () => () => this.#on.zoom() },
      },
      hooks: {
        setSelect: [(chart) => this.#selected(chart)],
        setCursor: [(chart) => {
          const { left } = chart.cursor;
          this.#on.cursor(left >= 0 ? chart.posToVal(left, 'x') : undefined);
        }],
      },
    };
  }

  #range(low, high) {
    const from = this.#scales.from ?? low;
    const to = this.#scales.to ?? high;
    return from < to ? [from, to] : [low - 0.5, low + 0.5];
  }

  #selected(chart) {
    const { left, width } = chart.select;
    if (width < 4) return;
    chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.#on.zoom(chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x'));
  }
}

/** How a line is drawn. */
function style(line) {
  const stroke = colour(line.colour);
  const alone = line.xs.length < 2;
  switch (line.kind) {
    case 'raw': return { stroke: translucent(stroke, 0.28), width: 1, points: { show: false } };
    case 'edge': return { stroke: 'transparent', width: 0, points: { show: false } };
    case 'points': return { stroke, paths: () => null, points: { show: true, size: 9, fill: stroke } };
    case 'dashed': return { stroke, width: 1.8, dash: [7, 5], points: { show: alone, size: 6 } };
    default: return { stroke, width: 1.8, points: { show: alone, size: 6, fill: stroke } };
  }
}

/** As wide as the longest mark of the vertical axis. */
function widthOf(chart, marks, index, cycle) {
  const axis = chart.axes[index];
  if (cycle > 2) return axis._size; // else marks and width could change each other for ever
  const longest = (marks ?? []).reduce((longer, mark) => (mark.length > longer.length ? mark : longer), '');
  if (longest === '') return 40;
  chart.ctx.font = axis.font[0];
  return Math.ceil(18 + chart.ctx.measureText(longest).width / devicePixelRatio);
}
