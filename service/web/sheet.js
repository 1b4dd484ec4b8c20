/** The page as it was scanned: zoom, pan, turn, and the cells of fields outlined on it. */

import * as api from './api.js';
import { fill, h } from './dom.js';
import { t } from './i18n.js';

export const PAGE_DPI = 150;
const THUMB_DPI = 36;
const STEP = 1.25;
const LARGEST = 6;
const CROP_MARGIN_POINTS = 5;
/** Width over height: narrow cells are shown with what stands beside them. */
const CROP_SHAPE = 3.4;

/**
 * @param {import('./case.js').Case} review
 * @param {{select: (field: string) => void, hover: (field: string|null) => void}} hooks
 */
export function makeSheet(review, hooks) {
  const picture = h('img.paper', { alt: '', draggable: 'false' });
  const outlines = h('div.outlines');
  const sheet = h('div.sheet', {}, picture, outlines);
  const view = h('div.view', { role: 'img', tabindex: '-1' }, sheet);
  const thumbs = h('nav.thumbs', { 'aria-label': t('pages') });
  const tools = h('div.tools', { role: 'toolbar', 'aria-label': t('sheet') },
    tool('−', 'zoom_out', () => zoom(1 / STEP)), tool('+', 'zoom_in', () => zoom(STEP)),
    tool('⤢', 'fit', () => fit()), tool('↻', 'rotate', () => turn()));
  const element = h('section.sheet-pane', { 'aria-label': t('sheet') }, thumbs, view, tools);
  // `isLost` where the picture of the page that is open was not to be had.
  const state = { page: null, isLost: false, turn: 0, scale: 1, x: 0, y: 0, fitted: true };
  let asked = 0;

  function tool(sign, name, onclick) {
    return h('button.tool', { type: 'button', title: t(name), 'aria-label': t(name), onclick }, sign);
  }

  const size = () => (state.turn % 180
    ? [state.page.height, state.page.width] : [state.page.width, state.page.height]);

  /** From points of the stored page to points of the page as it is turned here. */
  function placed([x, y]) {
    const { width, height } = state.page;
    return { 0: [x, y], 90: [height - y, x], 180: [width - x, height - y], 270: [y, width - x] }[
      state.turn];
  }

  function lay() {
    const [ox, oy] = placed([0, 0]);
    const { scale, x, y } = state;
    sheet.style.transform = `translate(${x + ox * scale}px, ${y + oy * scale}px) `
      + `scale(${scale}) rotate(${state.turn}deg)`;
    sheet.style.setProperty('--line', `${1 / scale}px`);
  }

  /** Keep the page in view: centred where it is smaller, else without empty margins. */
  function clamp() {
    const [width, height] = size();
    const within = (at, room, extent) => (extent <= room
      ? (room - extent) / 2 : Math.min(0, Math.max(room - extent, at)));
    state.x = within(state.x, view.clientWidth, width * state.scale);
    state.y = within(state.y, view.clientHeight, height * state.scale);
    lay();
  }

  function fit() {
    const [width] = size();
    Object.assign(state, { scale: (view.clientWidth - 4) / width, fitted: true });
    clamp();
    bringIn(review.selected);
  }

  function zoom(factor, at = [view.clientWidth / 2, view.clientHeight / 2]) {
    const scale = Math.min(LARGEST, Math.max(0.2, state.scale * factor));
    const kept = scale / state.scale;
    state.x = at[0] - (at[0] - state.x) * kept;
    state.y = at[1] - (at[1] - state.y) * kept;
    Object.assign(state, { scale, fitted: false });
    clamp();
  }

  function turn() {
    state.turn = (state.turn + 90) % 360;
    fit();
  }

  function bringIn(field) {
    const found = field && review.field(field);
    if (!found?.box || found.page !== state.page?.page) return;
    const [x0, y0, x1, y1] = found.box;
    const [x, y] = placed([(x0 + x1) / 2, (y0 + y1) / 2]);
    state.x = view.clientWidth / 2 - x * state.scale;
    state.y = view.clientHeight / 2 - y * state.scale;
    clamp();
  }

  async function open(number) {
    const page = review.report.pages.find((one) => one.page === number);
    state.page = page;
    // `rotation` is the quarter turn that lies on the stored page: it is undone here.
    state.turn = (360 - page.rotation) % 360;
    sheet.style.width = `${page.width}px`;
    sheet.style.height = `${page.height}px`;
    view.setAttribute('aria-label', t('page_n', { n: number }));
    draw();
    countDoubts();
    fit();
    await show();
  }

  /** Get the picture of the page that is open, unless another page is opened meanwhile. */
  async function show() {
    const mine = ++asked;
    const isWanted = () => mine === asked && element.isConnected;
    state.isLost = false;
    picture.classList.add('coming');
    try {
      const address = await fetchPage(state.page.page, PAGE_DPI, isWanted);
      if (!isWanted()) return;
      picture.src = address;
      await picture.decode();
    } catch (error) {
      // Another page has taken its place: nobody misses this one.
      if (!isWanted()) return;
      state.isLost = true;
      throw error;
    }
    if (!isWanted()) return;
    picture.classList.remove('coming');
    element.dispatchEvent(new Event('drawn'));
  }

  /** A picture of a page, asked for again as long as somebody wants it. */
  function fetchPage(number, dpi, isWanted) {
    const unlessLeft = (error) => { if (!isWanted()) throw error; };
    return api.insist(() => api.getPicture(api.pagePath(review.id, number, dpi)), unlessLeft);
  }

  function draw() {
    const here = review.fields.filter((name) => review.field(name).page === state.page.page
      && review.field(name).box);
    fill(outlines, ...here.map(outline));
    mark();
  }

  function mark() {
    for (const box of outlines.children) {
      box.dataset.mark = review.markOf(box.dataset.field);
      box.toggleAttribute('data-selected', box.dataset.field === review.selected);
    }
  }

  function outline(name) {
    const [x0, y0, x1, y1] = review.field(name).box;
    const box = h('div.outline', {
      'data-field': name,
      onclick: () => hooks.select(name),
      onpointerenter: () => hooks.hover(name),
      onpointerleave: () => hooks.hover(null),
    });
    Object.assign(box.style, {
      left: `${x0}px`, top: `${y0}px`, width: `${x1 - x0}px`, height: `${y1 - y0}px`,
    });
    return box;
  }

  fill(thumbs, ...review.report.pages.map(({ page, rotation }) => {
    const image = h('img', { alt: '', 'data-turn': rotation });
    return h('button.thumb', { type: 'button', 'data-page': page, onclick: () => open(page) },
      image, h('span.number', {}, page), h('span.count', {}));
  }));
  // The page that is read goes first: the service draws one page at a time.
  element.addEventListener('drawn', drawThumbs, { once: true });

  async function drawThumbs() {
    for (const thumb of thumbs.children) {
      if (!element.isConnected) return;
      try {
        const address = await fetchPage(thumb.dataset.page, THUMB_DPI, () => element.isConnected);
        thumb.querySelector('img').src = address;
      } catch (error) {
        if (!api.isAnswer(error)) throw error;
      }
    }
  }

  function countDoubts() {
    const doubts = review.doubts().map((name) => review.field(name).page);
    for (const thumb of thumbs.children) {
      const page = Number(thumb.dataset.page);
      const count = doubts.filter((one) => one === page).length;
      thumb.setAttribute('aria-label', t('page_doubts', { n: page, count }));
      thumb.setAttribute('aria-current', String(page === state.page?.page));
      fill(thumb.querySelector('.count'), count || '');
    }
  }

  let grabbed = null;
  view.addEventListener('pointerdown', ({ clientX, clientY }) => {
    grabbed = { x: clientX - state.x, y: clientY - state.y };
  });
  view.addEventListener('pointermove', ({ clientX, clientY, buttons }) => {
    if (!grabbed || !buttons) return;
    Object.assign(state, { x: clientX - grabbed.x, y: clientY - grabbed.y });
    clamp();
  });
  view.addEventListener('wheel', (event) => {
    event.preventDefault();
    const { left, top } = view.getBoundingClientRect();
    if (event.ctrlKey) zoom(Math.exp(-event.deltaY / 200), [event.clientX - left, event.clientY - top]);
    else {
      state.x -= event.deltaX;
      state.y -= event.deltaY;
      clamp();
    }
  }, { passive: false });
  new ResizeObserver(() => state.page && (state.fitted ? fit() : clamp())).observe(view);

  return {
    element,
    zoomIn: () => zoom(STEP),
    zoomOut: () => zoom(1 / STEP),
    fit,
    turn,
    /** Show another page, `step` further. */
    leaf(step) {
      const next = review.report.pages.find(({ page }) => page === state.page.page + step);
      if (next) open(next.page);
    },
    /** Show the selected field's cell. */
    async follow() {
      const page = review.field(review.selected)?.page ?? state.page?.page ?? 1;
      if (page !== state.page?.page) await open(page);
      else if (state.isLost) await show();
      bringIn(review.selected);
    },
    refresh() {
      mark();
      countDoubts();
    },
    hover(name) {
      for (const box of outlines.children) box.toggleAttribute('data-hover', box.dataset.field === name);
    },
    /** Draw a field's cell and a little around it into a canvas, as large as it will be shown. */
    crop(name, canvas) {
      const { box, page } = review.field(name);
      const ready = box && page === state.page?.page && !picture.classList.contains('coming');
      canvas.hidden = !ready;
      if (ready) cut(picture, state, box, canvas);
    },
  };
}

/** Draw the cell in the middle of a canvas, outlined, upright, with some of its surroundings. */
function cut(picture, { page, turn }, [x0, y0, x1, y1], canvas) {
  const scale = picture.naturalWidth / page.width;
  const across = turn % 180 !== 0;
  const [wide, high] = across ? [y1 - y0, x1 - x0] : [x1 - x0, y1 - y0];
  const height = high + 2 * CROP_MARGIN_POINTS;
  const width = Math.max(wide + 2 * CROP_MARGIN_POINTS, height * CROP_SHAPE);
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d');
  context.scale(scale, scale);
  context.translate(width / 2, height / 2);
  context.save();
  context.rotate(turn * Math.PI / 180);
  context.drawImage(picture, -(x0 + x1) / 2, -(y0 + y1) / 2, page.width, page.height);
  context.restore();
  Object.assign(context, { strokeStyle: '#d2691e', lineWidth: 0.7 });
  context.strokeRect(-wide / 2, -high / 2, wide, high);
}
