/** Starts the page: who is here, where they are, and the frame around it. */

import * as api from './api.js';
import { fill, h, say, warn } from './dom.js';
import { languageNow, showLanguage, speak, t, tellRefusal } from './i18n.js';
import { openAlike } from './alike.js';
import { openOverview } from './overview.js';
import { openQueue } from './queue.js';
import { openReport } from './report.js';
import { openUpload } from './upload.js';

const frame = document.getElementById('frame');

/** Places by the first part of the address's fragment, and the least role that may go there. */
const PLACES = {
  queue: { open: openQueue, role: 'review' },
  report: { open: openReport, role: 'review', isHidden: true },
  alike: { open: openAlike, role: 'review' },
  overview: { open: openOverview, role: 'review' },
  upload: { open: openUpload, role: 'upload' },
};
const ROLES = ['upload', 'review', 'admin'];
/** A queue that is asked before a report is let go lists it as still held; nobody waits longer. */
const LEAVING_MS = 1000;
const SIGNING_OUT_MS = 5000;

const NOWHERE = { leave() {} };

/** Whose key this is, as `GET /v1/me` has it. */
let me = null;
/**
 * What is open; what can be drawn again is not left when the language changes.
 * @typedef {{element: HTMLElement, leave: () => Promise<void> | void, redraw?: () => Opened}} Opened
 */
let opened = NOWHERE;
let here = null;
let visit = 0;

const may = (role) => ROLES.indexOf(me.role) >= ROLES.indexOf(role);
const go = (place) => { location.hash = place; };
const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

function drawLanguages() {
  const other = languageNow() === 'zh' ? 'en' : 'zh';
  return h('button.button.small.bare', {
    type: 'button', lang: other, onclick: () => translate(other) }, other === 'en' ? 'English' : '中文');
}

function translate(language) {
  speak(language);
  if (!opened.redraw) return show();
  opened = opened.redraw();
  return drawFrame(opened.element);
}

function drawFrame(content) {
  const links = Object.entries(PLACES).filter(([, { role, isHidden }]) => may(role) && !isHidden);
  fill(frame,
    h('header.top', {},
      h('a.brand', { href: '#/queue' }, h('img', { src: '/review/mark.svg', alt: '' }), 'Gouji'),
      h('nav', { 'aria-label': t('places') }, ...links.map(([name]) => h('a', {
        href: `#/${name}`, 'aria-current': name === here ? 'page' : null }, t(`place.${name}`)))),
      h('span.spring', {}),
      h('span.faint', {}, `${me.name} · ${t(`role.${me.role}`)}`),
      drawLanguages(),
      h('button.button.small.bare', { type: 'button', onclick: signOut }, t('sign_out'))),
    content);
  document.title = `${t(`place.${here}`)} · Gouji`;
}

function drawSignIn(refusal) {
  const key = h('input', {
    type: 'password', id: 'key', name: 'key', autocomplete: 'current-password', required: true,
    'aria-describedby': 'refusal',
  });
  fill(frame, h('main.sign-in', {}, h('form.card', { onsubmit: (event) => signIn(event, key.value.trim()) },
    h('h1.brand', {}, h('img', { src: '/review/mark.svg', alt: '' }), 'Gouji'),
    h('p.faint', {}, t('what_it_is')),
    h('label', { for: 'key' }, t('api_key')), key,
    h('p.refusal', { id: 'refusal', role: 'alert' }, refusal ?? ''),
    h('div.row', {}, h('button.button.primary', { type: 'submit' }, t('sign_in')),
      h('span.spring', {}), drawLanguages()))));
  key.focus();
}

async function signIn(event, key) {
  event.preventDefault();
  api.keepKey(key);
  await show();
}

/** What waits goes out with this key, or is kept for it. */
async function signOut() {
  await Promise.race([opened.leave(), pause(SIGNING_OUT_MS)]);
  opened = NOWHERE;
  api.forgetKey();
  show();
}

/** Show what the address names. */
async function show() {
  const mine = ++visit;
  const left = opened.leave();
  opened = NOWHERE;
  warn(null);
  // Asked about a place that is left, as by the browser's own way back.
  document.querySelector('dialog[open]')?.close();
  if (!api.hasKey()) return drawSignIn();
  try {
    await Promise.race([left, pause(LEAVING_MS)]);
    me = await api.getMe();
    const [, wanted, chosen = null] = location.hash.split('/');
    const name = PLACES[wanted] && may(PLACES[wanted].role) ? wanted : may('review') ? 'queue' : 'upload';
    const place = await PLACES[name].open(chosen, go, me);
    if (mine !== visit) return place.leave();
    [opened, here] = [place, name];
    drawFrame(place.element);
    return moveFocus();
  } catch (error) {
    return explain(error);
  }
}

/** To what the new place is called: what had the focus is gone. */
function moveFocus() {
  const title = frame.querySelector('h1');
  title?.setAttribute('tabindex', '-1');
  title?.focus();
}

function explain(error) {
  if (error instanceof api.Refused && error.status === 401) {
    api.forgetKey();
    drawSignIn(tellRefusal(error));
  } else if (error instanceof api.Unreachable) {
    warn(t('unreachable'));
    setTimeout(show, 3000);
  } else if (error instanceof api.Refused) {
    say(tellRefusal(error));
    here = 'queue';
    if (me) drawFrame(h('main.plain-page', {}, h('p', {}, tellRefusal(error))));
  } else throw error;
}

window.addEventListener('hashchange', show);
// What a place asks for later fails here: the connection, or a key that was revoked.
window.addEventListener('unhandledrejection', (event) => {
  const { reason } = event;
  if (reason instanceof api.Unreachable) warn(t('unreachable'));
  else if (reason instanceof api.Refused) say(tellRefusal(reason));
  else return;
  event.preventDefault();
});
showLanguage();
show();
