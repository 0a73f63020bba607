/** An exponential moving average without the bias of its start; gaps stay gaps. */
export function smoothed(ys, weight) {
  if (weight <= 0) return ys;
  let average = 0;
  let seen = 0;
  return ys.map((y) => {
    if (y === null) return null;
    average = weight * average + (1 - weight) * y;
    seen++;
    return average / (1 - weight ** seen);
  });
}

/** The index of the place nearest to x in ascending xs, or -1 when there is none. */
export function nearest(xs, x) {
  if (xs.length === 0) return -1;
  const right = firstFrom(xs, x);
  if (right === 0) return 0;
  if (right === xs.length) return xs.length - 1;
  return x - xs[right - 1] <= xs[right] - x ? right - 1 : right;
}

/** The newest value that is a number. */
export function last(ys) {
  return ys.findLast((y) => y !== null);
}

/**
 * Several lines as one: mean, least, greatest and standard deviation, where all of them are.
 * Undefined when no place is common to all.
 */
export function together(lines, points) {
  const finite = lines.map(({ xs, ys }) => {
    const at = [...xs.keys()].filter((i) => ys[i] !== null);
    return { xs: at.map((i) => xs[i]), ys: at.map((i) => ys[i]) };
  });
  if (finite.some((line) => line.xs.length === 0)) return undefined;
  const from = Math.max(...finite.map((line) => line.xs[0]));
  const to = Math.min(...finite.map((line) => line.xs.at(-1)));
  if (from > to) return undefined;
  const all = [...new Set(finite.flatMap((line) => line.xs))].filter((x) => x >= from && x <= to).sort((a, b) => a - b);
  const xs = thinned(all, points);
  const result = { xs, mean: [], low: [], high: [], deviation: [] };
  for (const x of xs) {
    const values = finite.map((line) => between(line, x));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    result.mean.push(mean);
    result.low.push(Math.min(...values));
    result.high.push(Math.max(...values));
    result.deviation.push(Math.sqrt(squares / Math.max(1, values.length - 1)));
  }
  return result;
}

/** Every k-th of them, and the last. */
function thinned(xs, points) {
  const stride = Math.ceil(xs.length / points);
  return stride <= 1 ? xs : xs.filter((_, i) => i % stride === 0 || i === xs.length - 1);
}

/** The value at x on the straight line between the points beside it. */
function between({ xs, ys }, x) {
  const right = firstFrom(xs, x);
  if (xs[right] === x || right === 0) return ys[right];
  const share = (x - xs[right - 1]) / (xs[right] - xs[right - 1]);
  return ys[right - 1] + share * (ys[right] - ys[right - 1]);
}

/** The index of the first that is not below x. */
function firstFrom(xs, x) {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
