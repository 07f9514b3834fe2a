/** Small charts as SVG text: bars by name, and lines over a number. Colours and text fit a light and a dark page. */

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Line {
  readonly name: string;
  /** In order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Chart {
  readonly title: string;
  readonly unit: string;
}

const WIDTH = 640;
const LEFT = 170;
const RIGHT = 90;
const TOP = 40;
const ROW = 26;
const PLOT = WIDTH - LEFT - RIGHT;
const COLOURS = ['#2f81f7', '#8b949e', '#db6d28', '#3fb950', '#a371f7', '#e3b341'];

/** One bar a name, with a whisker from the lowest to the highest run. */
export function barChart({ title, unit }: Chart, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ high }) => high), Number.MIN_VALUE);
  const x = (value: number) => LEFT + (Math.max(value, 0) / most) * PLOT;
  const rows = bars.map(({ name, value, low, high }, index) => {
    const middle = TOP + index * ROW + ROW / 2;
    return [
      text(LEFT - 8, middle + 4, name, 'end'),
      `<rect x="${LEFT}" y="${middle - 8}" width="${round(x(value) - LEFT)}" height="16" fill="${colour(index)}"/>`,
      `<path d="M${round(x(low))} ${middle}H${round(x(high))}" stroke="#6e7681" stroke-width="2"/>`,
      text(x(high) + 8, middle + 4, `${short(value)} ${unit}`.trim(), 'start'),
    ].join('');
  });
  return svg(TOP + bars.length * ROW + 12, title, rows);
}

const PLOT_HEIGHT = 240;

/** Lines from the origin of y, so that a flat one looks flat. */
export function lineChart({ title, unit }: Chart, lines: readonly Line[], xTitle: string): string {
  const points = lines.flatMap((line) => line.points);
  const [mostX, mostY] = [0, 1].map((axis) =>
    Math.max(...points.map((point) => point[axis] ?? 0), Number.MIN_VALUE),
  );
  const x = (value: number) => round(LEFT + (value / (mostX ?? 1)) * PLOT);
  const y = (value: number) => round(TOP + PLOT_HEIGHT - (value / (mostY ?? 1)) * PLOT_HEIGHT);
  const bottom = TOP + PLOT_HEIGHT;
  const axes = [
    `<path d="M${LEFT} ${TOP}V${bottom}H${LEFT + PLOT}" fill="none" stroke="#6e7681"/>`,
    text(LEFT - 8, TOP + 4, `${short(mostY ?? 0)} ${unit}`, 'end'),
    text(LEFT - 8, bottom + 4, '0', 'end'),
    text(LEFT + PLOT, bottom + 18, `${short(mostX ?? 0)} ${xTitle}`, 'end'),
  ];
  const drawn = lines.map(({ name, points: own }, index) => {
    const path = own.map(([px, py], place) => `${place === 0 ? 'M' : 'L'}${x(px)} ${y(py)}`).join('');
    return [
      `<path d="${path}" fill="none" stroke="${colour(index)}" stroke-width="2"/>`,
      `<rect x="${LEFT}" y="${bottom + 28 + index * 18}" width="12" height="12" fill="${colour(index)}"/>`,
      text(LEFT + 18, bottom + 38 + index * 18, name, 'start'),
    ].join('');
  });
  return svg(bottom + 40 + lines.length * 18, title, [...axes, ...drawn]);
}

function svg(height: number, title: string, parts: readonly string[]): string {
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#6e7681">`;
  const heading = `<title>${escaped(title)}</title><g font-weight="bold">${text(LEFT, 20, title, 'start')}</g>`;
  return [open, heading, ...parts, '</svg>', ''].join('\n');
}

function text(x: number, y: number, words: string, anchor: 'start' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#8b949e';
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
