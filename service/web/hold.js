/** A reviewer's hold on a report: a lease, renewed while the report is open. */

import * as api from './api.js';
import { t, tellRefusal } from './i18n.js';

/** In the time of a lease: some of them may get lost. */
const RENEWALS = 5;
const RETRY_SECONDS = 5;

/**
 * Hold a report, and lock it where it is somebody else's or comes to be.
 * @param {import('./case.js').Case} review
 * @returns {Promise<{letGo: () => Promise<void>, leave: () => void}>}
 */
export async function takeHold(review) {
  let [next, isLeft] = [0, false];

  function wait(seconds) {
    if (!isLeft) next = setTimeout(renew, seconds * 1000);
  }

  async function renew() {
    try {
      wait(await api.lease(review.id) / RENEWALS);
    } catch (error) {
      if (!api.isAnswer(error)) throw error;
      if (api.isPassing(error) || error.status >= 500) wait(RETRY_SECONDS);
      else review.lock(() => tellRefusal(error));
    }
  }

  try {
    wait(await api.lease(review.id) / RENEWALS);
  } catch (error) {
    const { leased_by: who } = review.summary;
    if (error.code === 'leased') review.lock(() => t('held_by', { who: who ?? '' }));
    else if (error.code === 'forbidden') review.lock(() => tellRefusal(error));
    else throw error;
  }
  return {
    /** Let others have the report; what is not held by us, or cannot be told, lapses by itself. */
    async letGo() {
      if (review.locked) return;
      await api.release(review.id).catch((error) => {
        if (!api.isAnswer(error)) throw error;
      });
    },
    leave() {
      isLeft = true;
      clearTimeout(next);
    },
  };
}
