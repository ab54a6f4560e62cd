// The frame with the candidate's page: it keeps the size of the screen that was chosen and is scaled to its place.
const frame = document.getElementById("screen");
const place = document.querySelector(".au-screen");
const sizes = document.getElementById("screen-size");
const tools = document.querySelector(".au-preview-tools");
const full = document.getElementById("screen-full");
let latest = null;
let isReady = false;

const post = (message) => { if (isReady) frame.contentWindow.postMessage(message, window.location.origin); };

/** Show what the server drew of the item. */
export function showPreview(shown) {
  const text = JSON.stringify(shown);
  if (text === latest) return; // the candidate's page keeps its place while other fields are written
  latest = text;
  post({ shown });
}

function fit() {
  const [screen, letters] = sizes.value.split(" ");
  const [width, height] = screen.split("x").map(Number);
  const room = document.fullscreenElement === place ? window.innerWidth : place.clientWidth;
  const scale = document.fullscreenElement === place ? Math.min(1, room / width, window.innerHeight / height) : room / width;
  frame.width = width;
  frame.height = height;
  frame.style.transform = `scale(${scale})`;
  place.style.height = document.fullscreenElement === place ? "" : `${Math.ceil(height * scale)}px`;
  post({ size: letters ?? "normal" });
}

export function startPreview() {
  place.hidden = false;
  tools.hidden = false;
  document.querySelector(".au-plain").hidden = true;
  sizes.addEventListener("change", fit);
  new ResizeObserver(fit).observe(place);
  document.addEventListener("fullscreenchange", fit);
  full.addEventListener("click", () => place.requestFullscreen?.());
  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.data !== "ready") return;
    isReady = true;
    fit();
    if (latest) post({ shown: JSON.parse(latest) });
  });
  // The frame may have been ready before anybody listened here; it says so again when asked.
  frame.contentWindow?.postMessage({ ask: true }, window.location.origin);
}
