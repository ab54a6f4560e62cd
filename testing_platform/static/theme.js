// Sets the chosen display before the first paint, so that nobody in a dark room is dazzled by a white flash.
// A plain script on purpose: modules run after the paint.
(() => {
  let theme = "";
  try {
    theme = localStorage.getItem("tp-theme") || "";
  } catch {
    // Storage may be closed by the browser; the device's own setting then holds.
  }
  if (["light", "dark", "contrast"].includes(theme)) document.documentElement.dataset.theme = theme;
  document.documentElement.classList.remove("tp-no-script");
})();
