/** What fields and sums are called on their form. */

/**
 * @param {object} form `GET /v1/forms/{id}`
 * @returns {Map<string, {table: string, row: string, column: string}>}
 */
export function placesOf(form) {
  const places = new Map();
  for (const table of form.tables) {
    for (const { columns, rows } of table.bands) {
      const above = columns.map(({ under, label }) => [...under, label]);
      // What stands over all columns tells none of them apart.
      const shared = above[0].findIndex((label, at) => above.some((one) => one[at] !== label));
      for (const { label, under, fields } of rows) {
        fields.forEach((field, index) => places.set(field, {
          table: table.title,
          row: label || under.at(-1) || '',
          column: above[index].slice(Math.max(0, shared)).join(' · '),
        }));
      }
    }
  }
  return places;
}

/** A field in one line: its row and column. */
export function nameOf({ row, column }) {
  return [row, column].filter(Boolean).join(' × ');
}

/** A sum in one line: what its fields share, or what they add up to. */
export function nameOfSum(sides, places) {
  const all = sides.flat().map((field) => places.get(field));
  for (const part of ['row', 'column']) {
    if (all[0][part] && all.every((place) => place[part] === all[0][part])) return all[0][part];
  }
  return nameOf(all.at(-1));
}
