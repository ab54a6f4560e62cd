// Opens the confirmations as true modal dialogs. Without this file the same links show them through :target.
function open(dialog) {
  if (dialog.open) dialog.close();
  dialog.showModal();
}

function enhance(dialog) {
  if (dialog.dataset.enhanced) return;
  dialog.dataset.enhanced = "yes";
  for (const cancel of dialog.querySelectorAll("[data-dialog-close]")) {
    cancel.setAttribute("role", "button");
    cancel.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
  }
  if (dialog.hasAttribute("data-dialog-modal")) open(dialog);
}

function enhanceOpener(link) {
  if (link.dataset.enhanced) return;
  link.dataset.enhanced = "yes";
  link.setAttribute("role", "button");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    open(document.getElementById(link.dataset.dialogOpen));
  });
  // A link answers Enter; a button is expected to answer the space bar as well.
  link.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    link.click();
  });
}

export function enhanceDialogs(root) {
  root.querySelectorAll("dialog.tp-dialog").forEach(enhance);
  root.querySelectorAll("[data-dialog-open]").forEach(enhanceOpener);
}
