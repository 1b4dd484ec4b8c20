/** A few charts as SVG, each with its figures in words for those who cannot see it. */

import { h } from './dom.js';

const WIDTH = 520;
const HEIGHT = 240;
const LEFT = 44;
const BOTTOM = 28;
const TOP = 10;
const inner = { width: WIDTH - LEFT - 10, height: HEIGHT - TOP - BOTTOM };

/** A round number not under `most`, to end an axis at. */
function roundUp(most) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  return Math.ceil(Math.max(1, most) / unit) * unit;
}

function frame(label, ...content) {
  return h('svg:svg.chart', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label }, ...content);
}

function lines(top, show) {
  return [0, 0.5, 1].map((share) => {
    const y = TOP + inner.height * (1 - share);
    return h('svg:g', {},
      h('svg:line.grid', { x1: LEFT, x2: WIDTH - 10, y1: y, y2: y }),
      h('svg:text.tick', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, show(top * share)));
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
    }), h('svg:text.tick', { x: x + width / 2, y: HEIGHT - 10, 'text-anchor': 'middle' }, name));
  });
  return frame(label, ...lines(top, (value) => String(value)), ...bars);
}

/**
 * Points against the diagonal: what was claimed, and what turned out.
 * @param {string} label
 * @param {{claimed: number, found: number, weight: number, title: string}[]} points Shares.
 * @param {(share: number) => string} show
 */
export function reliability(label, points, show) {
  const x = (share) => LEFT + inner.width * share;
  const y = (share) => TOP + inner.height * (1 - share);
  const largest = Math.max(...points.map(({ weight }) => weight));
  return frame(label, ...lines(1, show),
    h('svg:line.diagonal', { x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    ...[0, 0.5, 1].map((share) => h('svg:text.tick', { x: x(share), y: HEIGHT - 10, 'text-anchor': 'middle' }, show(share))),
    ...points.map(({ claimed, found, weight, title }) => h('svg:circle.point', {
      cx: x(claimed), cy: y(found), r: 4 + 9 * Math.sqrt(weight / largest) }, h('svg:title', {}, title))));
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
