/** Which key does what in a report. */

import { h } from './dom.js';
import { t } from './i18n.js';

/** Actions by key, as `KeyboardEvent.key` names it; `Mod` is Ctrl, or ⌘ on a Mac. */
const KEYS = {
  Enter: 'accept',
  n: 'skip', 'Shift+N': 'back',
  b: 'blank', Delete: 'blank', Backspace: 'blank',
  '/': 'not_reported', x: 'illegible', p: 'as_printed',
  'Mod+z': 'undo', u: 'undo', 'Mod+y': 'redo', 'Mod+Shift+Z': 'redo', 'Shift+U': 'redo',
  s: 'broken_sum', 'Mod+Enter': 'approve', l: 'postpone', h: 'history',
  ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right',
  PageUp: 'leaf_back', PageDown: 'leaf', r: 'rotate', f: 'fit', i: 'zoom_in', o: 'zoom_out',
  F2: 'edit', Escape: 'leave', '?': 'help', F1: 'help',
};

const KEPT = 'gouji.keys';

/** Whether keys that print a character act; who speaks to the machine may say them by chance. */
const areLettersOn = () => localStorage.getItem(KEPT) !== 'no letters';

/** What the list of keys shows, in its order. */
const SHOWN = [
  ['accept', 'Enter'], ['type', '0 … 9'], ['choose', 'Alt+1 … 5'], ['blank', 'B'],
  ['not_reported', '/'], ['illegible', 'X'], ['as_printed', 'P'], ['skip', 'N'], ['back', 'Shift+N'],
  ['broken_sum', 'S'], ['undo', 'Ctrl+Z'], ['redo', 'Ctrl+Y'], ['history', 'H'],
  ['approve', 'Ctrl+Enter'], ['postpone', 'L'], ['move', '← ↑ ↓ →'], ['leaf', 'PageDown'],
  ['zoom_in', 'I'], ['zoom_out', 'O'], ['fit', 'F'], ['rotate', 'R'], ['leave', 'Esc'],
];

/** The keys that are always in sight. */
const FOOT = SHOWN.slice(0, 7).concat(SHOWN.filter(([action]) => [
  'broken_sum', 'undo', 'approve'].includes(action)));

/** What a value begins with: whoever types one of these replaces what stands there. */
const BEGINS = /^[0-9０-９.+\-—－–,，无]$/u;

/**
 * What a key press asks for.
 * @param {KeyboardEvent} event
 * @returns {{action: string, text?: string, number?: number}|null}
 */
export function actionOf(event) {
  if (event.isComposing) return null;
  const modified = event.ctrlKey || event.metaKey;
  // With Alt held, a layout may print another character on the digit's key.
  const digit = /^Digit([1-5])$/.exec(event.code);
  if (event.altKey && !modified && digit) return { action: 'choose', number: Number(digit[1]) };
  if (event.altKey) return null;
  if (!modified && event.key.length === 1 && !areLettersOn()) return null;
  if (!modified && BEGINS.test(event.key)) return { action: 'type', text: event.key };
  const letter = /^[A-Z]$/.test(event.key) && !event.shiftKey ? event.key.toLowerCase() : event.key;
  const isNamedWithShift = event.shiftKey && (/^[A-Z]$/i.test(letter));
  const name = (modified ? 'Mod+' : '') + (isNamedWithShift ? `Shift+${letter.toUpperCase()}` : letter);
  const action = KEYS[name];
  return action ? { action } : null;
}

export function drawFoot(act) {
  return h('footer.keys', { 'aria-label': t('keys') }, ...FOOT.map(([action, key]) => h(
    'span', {}, h('kbd', {}, key), ' ', t(action))),
  h('button.button.small', { type: 'button', onclick: () => act('help') }, h('kbd', {}, '?'), ' ', t('help')));
}

export function drawKeys() {
  return h('div', {}, h('dl.key-list', {}, ...SHOWN.flatMap(([action, key]) => [
    h('dt', {}, h('kbd', {}, key)), h('dd', {}, t(action))])),
  h('label.row', {}, h('input', {
    type: 'checkbox', checked: areLettersOn(),
    onchange: ({ target }) => localStorage.setItem(KEPT, target.checked ? 'all' : 'no letters'),
  }), t('letter_keys')));
}
