// Partial updates by htmx: the CSRF token goes along, and a refresh that fails says how old the figures are.
export function sendToken() {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (!token) return;
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = token;
  });
}

const clock = () => new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const lastGood = new WeakMap();
const loadedAt = clock();

function staleNotice(target) {
  const previous = target.previousElementSibling;
  return previous?.classList.contains("tp-stale") ? previous : null;
}

function markStale(target) {
  if (staleNotice(target)) return;
  const words = document.getElementById("tp-words")?.dataset.stale ?? "";
  const note = document.createElement("p");
  note.className = "tp-stale";
  note.setAttribute("role", "status");
  note.textContent = words.replace("{time}", lastGood.get(target) ?? loadedAt);
  target.before(note);
}

function markFresh(target) {
  lastGood.set(target, clock());
  staleNotice(target)?.remove();
}

export function guardRefreshes() {
  document.addEventListener("htmx:afterRequest", (event) => {
    const { target, successful } = event.detail;
    if (!target || target === document.body) return;
    if (successful) markFresh(target);
    else markStale(target);
  });
}
