// Draws what is said about each field; its button goes to the words that it is about.
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function fieldOf(form, part) {
  return form.elements[part.length === 1 ? `option-${part}` : part];
}

function pointTo(form, { part, start, end }) {
  const field = fieldOf(form, part);
  field.focus();
  field.setSelectionRange?.(start, end);
  field.scrollIntoView({ block: "center" });
}

function remarkLine(form, remark, words) {
  const { look, severity, criterion, message, remedy } = remark;
  const head = element("strong", "", `${severity}${criterion ? ` · ${criterion}` : ""}: `);
  const line = element("li", `au-remark au-remark-${look}`, element("p", "", head, [message, remedy].filter(Boolean).join(" ")));
  if (remark.end > remark.start) {
    const button = element("button", "tp-button tp-button-quiet au-point", words);
    button.type = "button";
    button.addEventListener("click", () => pointTo(form, remark));
    line.append(button);
  }
  return line;
}

/** Replace what stands beside every field. */
export function showRemarks(form, remarks) {
  for (const list of document.querySelectorAll("[data-remarks]")) {
    const lines = remarks.filter(({ part }) => part === list.dataset.remarks);
    const text = JSON.stringify(lines);
    if (list.dataset.shown === text) continue;
    list.dataset.shown = text;
    list.replaceChildren(...lines.map((remark) => remarkLine(form, remark, form.dataset.point)));
  }
}
