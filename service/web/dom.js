/** Elements, made from plain descriptions. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Make an element.
 *
 * Attributes that start with `on` are listeners; those that are null, undefined or false are
 * left out; `true` is an attribute without a value.
 * @param {string} tag Of HTML, with `svg:` before it of SVG; classes may follow after dots.
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node|string|number|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = name.startsWith('svg:')
    ? document.createElementNS(SVG, name.slice(4))
    : document.createElement(name);
  if (classes.length) element.setAttribute('class', classes.join(' '));
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  fill(element, ...children);
  return element;
}

/** Put children into an element, in place of those it has. */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined
    && child !== false).map((child) => (child instanceof Node ? child : String(child))));
}

/**
 * Show a dialog until one of its buttons is pressed.
 * @param {string} title
 * @param {Node[]} content
 * @param {{name: string, label: string, kind?: string}[]} buttons The first has the focus.
 * @returns {Promise<string>} The button's name; '' when the dialog was left.
 */
export function ask(title, content, buttons) {
  return new Promise((resolve) => {
    const dialog = h('dialog.dialog', { 'aria-label': title, onclose: () => {
      dialog.remove();
      resolve(dialog.returnValue);
    } },
    h('h2', {}, title), ...content,
    h('div.row.end', {}, ...buttons.map(({ name, label, kind }) => h(
      `button.button.${kind ?? 'plain'}`,
      { type: 'button', onclick: () => dialog.close(name) }, label,
    ))));
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector('.row.end button')?.focus();
  });
}

let fading = 0;

/** Say something in passing; it is read out too. */
export function say(text) {
  const place = document.getElementById('said');
  place.textContent = text;
  place.classList.add('shown');
  clearTimeout(fading);
  fading = setTimeout(() => place.classList.remove('shown'), 4000);
}

/** Show a lasting message over everything, or none; it is `calm` where nothing is wrong. */
export function warn(text, calm = false) {
  const banner = document.getElementById('banner');
  banner.textContent = text ?? '';
  banner.hidden = !text;
  banner.classList.toggle('calm', calm);
}
