/*
 * The server sanitised the item when it was sealed, and AES-GCM proves that nobody changed it since.
 * It is still walked against an allow-list here: two locks, and a mistake in one of them shows nobody a script.
 */

const HTML_TAGS = words(`p br strong em b i u s sub sup span div ul ol li table caption thead tbody tfoot tr th td
  blockquote code pre figure figcaption img hr small`);
const MATH_TAGS = words(`math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle msub msup msubsup munder mover
  munderover mmultiscripts mprescripts mtable mtr mtd mpadded mphantom menclose merror semantics`);
const MATH_NAMESPACE = 'http://www.w3.org/1998/Math/MathML';

const ATTRIBUTES = {
  '*': words('lang dir title'),
  img: words('alt width height data-media'),
  td: words('colspan rowspan'),
  th: words('colspan rowspan scope'),
  ol: words('start type'),
};
/* The few classes that the renderer of items gives a meaning to; any other class could dress text up as part of the page. */
const CLASSES = words('cases align-left align-center align-right');
const MATH_ATTRIBUTES = words(`display displaystyle scriptlevel mathvariant stretchy fence separator form lspace rspace
  symmetric largeop movablelimits minsize maxsize accent accentunder linethickness width height depth voffset
  columnalign rowspacing columnspacing columnlines rowlines rowspan columnspan notation dir alttext mathsize`);

function words(list) {
  return new Set(list.split(/\s+/));
}

/** The sealed html of a stem or an option as nodes that hold only allowed elements; `pictures` maps media digests to blob: URLs. */
export function richText(html, pictures) {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  const fragment = document.createDocumentFragment();
  for (const child of parsed.body.childNodes) copy(child, fragment, pictures);
  return fragment;
}

function copy(node, parent, pictures) {
  if (node.nodeType === Node.TEXT_NODE) parent.append(node.data);
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const name = node.localName;
  const isMath = node.namespaceURI === MATH_NAMESPACE;
  if (!(isMath ? MATH_TAGS : HTML_TAGS).has(name)) return;
  const element = isMath ? document.createElementNS(MATH_NAMESPACE, name) : document.createElement(name);
  copyAttributes(node, element, isMath);
  if (name === 'img') element.src = pictures.get(node.dataset.media) ?? '';
  for (const child of node.childNodes) copy(child, element, pictures);
  parent.append(element);
}

function copyAttributes(from, to, isMath) {
  for (const { name, value } of from.attributes) {
    const allowed = isMath ? MATH_ATTRIBUTES.has(name) : ATTRIBUTES['*'].has(name) || ATTRIBUTES[to.localName]?.has(name);
    if (allowed || (name === 'class' && CLASSES.has(value))) to.setAttribute(name, value);
  }
}
