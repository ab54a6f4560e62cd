// The choice of light, dark or high contrast, kept in this browser only.
const KEY = "tp-theme";

function remember(theme) {
  try {
    if (theme) localStorage.setItem(KEY, theme);
    else localStorage.removeItem(KEY);
  } catch {
    // Storage may be closed; the choice then lasts for this page.
  }
}

function apply(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

export function enhanceThemeSwitch() {
  for (const label of document.querySelectorAll("[data-theme-switch]")) {
    const select = label.querySelector("select");
    select.value = document.documentElement.dataset.theme || "";
    select.addEventListener("change", () => {
      apply(select.value);
      remember(select.value);
    });
    label.hidden = false;
  }
}
