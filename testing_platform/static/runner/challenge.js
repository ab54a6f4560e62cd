/*
 * The report of an item carries what was on the screen, so that who checks the key later sees what the candidate saw.
 * One line of at most 200 characters: the reason, then `name=value` parts, all separated by semicolons (docs/api.md).
 */

/** The reasons in the order of their digit keys. */
export const REASONS = ['no-right-answer', 'two-answers', 'picture', 'typing', 'off-topic', 'other'];

const LONGEST = 200;

/** The step's value for a report made by hand. */
export function challengeValue(reason, { attempt, looks, pictures }) {
  const { item } = attempt;
  const place = item.options.findIndex(({ id }) => id === attempt.answers.option(item.id));
  return line(reason, {
    answer: place < 0 ? 'none' : String.fromCharCode(65 + place),
    size: looks.size,
    theme: looks.theme,
    view: `${innerWidth}x${innerHeight}`,
    zoom: Math.round(devicePixelRatio * 100) / 100,
    pictures: `${pictures.shown}/${pictures.total}`,
  });
}

/** The step's value for a picture that this browser could not show; nobody pressed anything. */
export function brokenPicture({ html, options }) {
  const total = [html, ...options.map((option) => option.html)].join(' ').split('data-media').length - 1;
  return line('picture', { auto: 1, view: `${innerWidth}x${innerHeight}`, pictures: `0/${total}` });
}

function line(reason, parts) {
  return [reason, ...Object.entries(parts).map(([name, value]) => `${name}=${value}`)].join(';').slice(0, LONGEST);
}

/** How many pictures the item on the screen has, and how many of them are really seen. */
export function picturesOn(element) {
  const images = [...element.querySelectorAll('.stem img, .option-text img')];
  return { shown: images.filter((image) => image.complete && image.naturalWidth > 0).length, total: images.length };
}
