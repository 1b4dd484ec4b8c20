/** Files dropped on the page: sent one after the other, followed until they are read. */

import * as api from './api.js';
import { fill, h } from './dom.js';
import { t, tellFailure, tellRefusal } from './i18n.js';

const READING = ['queued', 'running'];

export async function openUpload() {
  let isLeft = false;
  const list = h('ul.files', { 'aria-live': 'polite' });
  const picker = h('input', {
    type: 'file', multiple: true, accept: '.pdf,.png,.jpg,.jpeg,.tif,.tiff', id: 'files',
    onchange: () => take(picker.files),
  });
  const zone = h('label.drop', {
    for: 'files',
    ondragover(event) {
      event.preventDefault();
      zone.classList.add('over');
    },
    ondragleave: () => zone.classList.remove('over'),
    ondrop(event) {
      event.preventDefault();
      zone.classList.remove('over');
      take(event.dataTransfer.files);
    },
  }, h('span.drop-sign', { 'aria-hidden': 'true' }, '⇪'), h('strong', {}, t('drop_here')),
  h('span.faint', {}, t('drop_kinds')), picker);
  let sending = Promise.resolve();

  function take(files) {
    for (const file of files) {
      const line = drawFile(file);
      list.prepend(line.element);
      sending = sending.then(() => sendFile(file, line));
    }
  }

  async function sendFile(file, line) {
    try {
      const { id } = await api.insist(() => api.upload(file, line.progress), line.wait);
      // The next file leaves while this one is read.
      follow(id, line).catch(line.fail);
    } catch (error) {
      line.fail(error);
    }
  }

  async function follow(id, line) {
    let report;
    do {
      line.say(t('status.running'));
      report = await api.insist(() => api.getStatus(id), line.wait);
    } while (!isLeft && READING.includes(report.status));
    line.end(report);
  }

  return {
    element: h('main.upload', {}, h('h1', {}, t('place.upload')), zone, list),
    leave() { isLeft = true; },
  };
}

function drawFile(file) {
  const state = h('span.state', {}, t('waiting'));
  const bar = h('progress', { max: 1, value: 0, 'aria-label': file.name });
  const element = h('li', {}, h('span.file-name', {}, file.name), bar, state);
  return {
    element,
    progress(share) {
      bar.value = share;
      fill(state, share < 1 ? t('sending_file') : t('status.queued'));
    },
    say(text) {
      bar.removeAttribute('value');
      fill(state, text);
    },
    wait: (error) => fill(state, tellRefusal(error)),
    end({ id, status, to_review: doubts, error }) {
      bar.hidden = true;
      if (error) fill(state, tellFailure(error));
      else fill(state, h('a', { href: `#/report/${id}` }, t(`status.${status}`)), ' ', t('doubts_left', { n: doubts }));
      element.dataset.ended = error ? 'badly' : 'well';
    },
    fail(error) {
      bar.hidden = true;
      element.dataset.ended = 'badly';
      fill(state, tellRefusal(error));
    },
  };
}
