/* Elements are built here from plain text and listeners; nothing in the runner assigns markup as a string. */

const SVG = 'http://www.w3.org/2000/svg';

/** h('button', {class: 'primary', onclick: go}, 'Text'): false, null and undefined leave a property or child out. */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) put(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function put(element, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (name === 'value') element.value = value;
  else element.setAttribute(name === 'class' ? 'class' : name, value === true ? '' : String(value));
}

const PATHS = {
  check: 'M4 12.5l5 5L20 6.5',
  cloud: 'M7 18h10a4 4 0 0 0 .6-7.95A6 6 0 0 0 6.1 9.6 4.3 4.3 0 0 0 7 18z M9.2 13l2.2 2.2 3.8-4',
  computer: 'M4 5h16v10H4z M9 19h6 M12 15v4',
  alert: 'M12 4l9 16H3z M12 10v4.5 M12 17.2v.3',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M12 7.5V12l3 2',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z',
  grid: 'M4 4h6v6H4z M14 4h6v6h-6z M4 14h6v6H4z M14 14h6v6h-6z',
  left: 'M15 5l-7 7 7 7',
  down: 'M5 9l7 7 7-7',
  right: 'M9 5l7 7-7 7',
  flag: 'M6 21V4 M6 4.5h11l-2.5 4 2.5 4H6',
  print: 'M7 9V4h10v5 M7 17H4V9h16v8h-3 M7 14h10v6H7z',
  pause: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M10 9v6 M14 9v6',
  close: 'M6 6l12 12 M18 6L6 18',
  cup: 'M5 8h11v6a5 5 0 0 1-5 5h-1a5 5 0 0 1-5-5z M16 9.5h1.5a2.5 2.5 0 0 1 0 5H16 M8 3v2 M12 3v2',
  menu: 'M4 6.5h16 M4 12h16 M4 17.5h16',
  file: 'M6 3h8l4 4v14H6z M14 3v4h4 M9 13h6 M9 17h6',
  empty: 'M5 5h14v14H5z',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M4.5 20.5c1-4 4-6 7.5-6s6.5 2 7.5 6',
  zoom: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z M15.5 15.5l5 5 M10.5 8v5 M8 10.5h5',
  link: 'M3 9.5a14 14 0 0 1 18 0 M6.5 13a9 9 0 0 1 11 0 M12 17.5v.3 M4 4l16 16',
};

/** A small drawing beside a word; it is hidden from screen readers because the word says the same. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  svg.append(path);
  return svg;
}

/** Save bytes or text as a file of the browser's downloads. */
export function saveFile(name, content) {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
