/** A few charts as SVG, each with its figures in words for those who cannot see it. */

import { h } from './dom.js';

const WIDTH = 520;
const HEIGHT = 240;
const LEFT = 44;
const BOTTOM = 32;
const TOP = 10;
const inner = { width: WIDTH - LEFT - 10, height: HEIGHT - TOP - BOTTOM };

/** A round, even number not under `most`, to end an axis at. */
function roundUp(most) {
  const unit = Math.max(2, 10 ** Math.floor(Math.log10(Math.max(1, most))));
  return Math.ceil(Math.max(1, most) / unit) * unit;
}

function frame(label, ...content) {
  return h('svg:svg.chart', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label }, ...content);
}

function lines(show) {
  return [0, 0.5, 1].map((share) => {
    const y = TOP + inner.height * (1 - share);
    return h('svg:g', {},
      h('svg:line.grid', { x1: LEFT, x2: WIDTH - 10, y1: y, y2: y }),
      h('svg:text.tick', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, show(share)));
  });
}

/**
 * Stacked columns.
 * @param {string} label
 * @param {string[]} columns Left to right.
 * @param {{name: string, kind: string, counts: number[]}[]} series Bottom to top.
 */
export function stacked(label, columns, series) {
  const totals = columns.map((_, at) => series.reduce((sum, { counts }) => sum + counts[at], 0));
  const top = roundUp(Math.max(...totals));
  const step = inner.width / columns.length;
  const width = Math.min(64, step * 0.62);
  const bars = columns.map((name, at) => {
    const x = LEFT + step * (at + 0.5) - width / 2;
    let y = TOP + inner.height;
    return h('svg:g', {}, ...series.map(({ name: part, kind, counts }) => {
      const height = inner.height * counts[at] / top;
      y -= height;
      return h('svg:rect.column', { x, y, width, height, 'data-kind': kind },
        h('svg:title', {}, `${name} · ${part}: ${counts[at]}`));
    }), h('svg:text.tick', { x: x + width / 2, y: HEIGHT - 12, 'text-anchor': 'middle' }, name));
  });
  return frame(label, ...lines((share) => String(top * share)), ...bars);
}

/**
 * What was claimed, as a line, and what turned out, as a dot, side by side for each band.
 * @param {string} label
 * @param {{name: string, claimed: number, found: number, weight: string}[]} bands Shares.
 * @param {(share: number) => string} show
 */
export function reliability(label, bands, show) {
  const least = Math.min(...bands.flatMap(({ claimed, found }) => [claimed, found]));
  const floor = Math.min(0.9, Math.floor(least * 10) / 10);
  const y = (share) => TOP + inner.height * (1 - (share - floor) / (1 - floor));
  const step = inner.width / bands.length;
  return frame(label, ...lines((share) => show(floor + share * (1 - floor))),
    ...bands.map(({ name, claimed, found, weight }, at) => {
      const x = LEFT + step * (at + 0.5);
      return h('svg:g', {},
        h('svg:line.drop-line', { x1: x, x2: x, y1: y(claimed), y2: y(found) }),
        h('svg:line.claimed', { x1: x - 16, x2: x + 16, y1: y(claimed), y2: y(claimed) }),
        h('svg:circle.point', { cx: x, cy: y(found), r: 6 }),
        h('svg:text.tick', { x, y: HEIGHT - 14, 'text-anchor': 'middle' }, name),
        h('svg:text.tick', { x, y: HEIGHT - 1, 'text-anchor': 'middle' }, weight));
    }));
}

/**
 * Bars lying under each other, with names before and figures behind them.
 * @param {{name: string, value: number, shown: string}[]} rows
 */
export function bars(rows) {
  const top = Math.max(...rows.map(({ value }) => value), Number.EPSILON);
  return h('div.bars', {}, ...rows.map(({ name, value, shown }) => {
    const bar = h('span.bar', {});
    bar.style.setProperty('--share', value / top);
    return h('div.bar-row', {}, h('span.name', { title: name }, name), h('span.meter', {}, bar), h('span.number', {}, shown));
  }));
}
