// The small buttons over the fields: they put marks around the words that are chosen, so that undo still works.
function insert(field, before, after) {
  field.focus();
  const { selectionStart: start, selectionEnd: end, value } = field;
  field.setRangeText(before + value.slice(start, end) + after, start, end, "end");
  const place = start + before.length + (end > start ? end - start + after.length : 0);
  field.setSelectionRange(place, place);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function startInserting() {
  for (const bar of document.querySelectorAll("[data-insert-for]")) {
    const field = document.getElementById(bar.dataset.insertFor);
    bar.hidden = false;
    for (const button of bar.querySelectorAll("[data-insert]")) {
      button.addEventListener("click", () => insert(field, button.dataset.insert, button.dataset.insertAfter));
    }
  }
}

/** Put a whole line where the cursor is, in a paragraph of its own. */
export function insertParagraph(field, text) {
  const { selectionEnd: place, value } = field;
  const before = place === 0 ? "" : value.slice(0, place).endsWith("\n\n") ? "" : "\n\n";
  const after = value.slice(place).startsWith("\n") || place === value.length ? "" : "\n\n";
  field.setRangeText(before + text + after, place, place, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
