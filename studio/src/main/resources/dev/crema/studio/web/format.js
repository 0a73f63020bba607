/** A number in few digits. */
export function number(value, digits = 4) {
  if (value === undefined || value === null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e12) return value.toLocaleString('en');
  if (size < 1e-3 || size >= 1e7) return value.toExponential(2);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(digits)));
}

/** A fraction in percent. */
export function percent(value) {
  return value === undefined || value === null ? '–' : `${(100 * value).toFixed(2)}\u00a0%`;
}

/** A measured value in the unit of its metric. */
export function measured(metric, value) {
  return metric.endsWith('accuracy') ? percent(value) : number(value);
}

/** A time span. */
export function duration(seconds) {
  if (seconds === undefined || !Number.isFinite(seconds)) return '–';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** A place on the horizontal axis. */
export function position(x, value) {
  switch (x) {
    case 'epoch': return `epoch ${number(value, 4)}`;
    case 'seconds': return `after ${duration(value)}`;
    case 'time': return new Date(value).toLocaleString();
    default: return `step ${number(Math.round(value))}`;
  }
}

/** What a metric is called for people. */
export function title(metric) {
  const [, kind, parameter] = /^(update_ratio|deviation)\/(.*)$/.exec(metric) ?? [];
  if (kind) return `${kind === 'deviation' ? 'Deviation' : 'Update ratio'} of ${parameter}`;
  return TITLES.get(metric) ?? metric;
}

const TITLES = new Map([
  ['batch/loss', 'Loss of batches'],
  ['batch/lr', 'Learning rate'],
  ['batch/images_per_second', 'Images per second'],
  ['epoch/seconds', 'Seconds per epoch'],
  ['loss', 'Loss'],
  ['accuracy', 'Accuracy'],
]);
