/** Which reports a reviewer wants to see, kept as long as the window is open. */

const KEPT = 'gouji.queue';

/** @returns {{order?: string, archive?: string, form?: string, body?: string, year?: string}} */
export const getWanted = () => JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');

export const keepWanted = (wanted) => sessionStorage.setItem(KEPT, JSON.stringify(wanted));

/** Of what is wanted, what says whose reports they are. */
export function getFilters() {
  const { archive, form, body, year } = getWanted();
  return { archive, form, body, year };
}
