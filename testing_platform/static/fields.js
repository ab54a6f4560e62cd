// Small helps at form fields: show the password, go to the first mistake, close a menu that was left open.
function addShowButton(wrapper) {
  const input = wrapper.querySelector("input");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tp-button tp-button-secondary";
  button.textContent = wrapper.dataset.show;
  button.setAttribute("aria-label", wrapper.dataset.label);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.textContent = hidden ? wrapper.dataset.hide : wrapper.dataset.show;
    button.setAttribute("aria-pressed", String(hidden));
  });
  // Never send a password from a field that the browser would remember as plain text.
  input.form?.addEventListener("submit", () => (input.type = "password"));
  wrapper.append(button);
}

export function enhancePasswords(root) {
  root.querySelectorAll("[data-password]").forEach(addShowButton);
}

export function focusErrorSummary() {
  document.querySelector("[data-focus-first]")?.focus();
}

export function closeMenusOutside() {
  const openMenus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
