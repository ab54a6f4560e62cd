// Sorting and filtering of the rows that are already on the page.
const language = document.documentElement.lang || "id";
const words = new Intl.Collator(language, { numeric: true, sensitivity: "base" });
const decimalComma = (1.5).toLocaleString(language).includes(",");

// "1.234,5" and "0,42" are numbers here; a cell may also carry its value in data-sort.
function asNumber(text) {
  const plain = text.replace(/[\s%]/g, "").replace("−", "-");
  if (!/^-?[\d.,]+$/.test(plain)) return NaN;
  return Number(decimalComma && plain.includes(",") ? plain.replaceAll(".", "").replace(",", ".") : plain.replaceAll(",", decimalComma ? "." : ""));
}

function keyOf(row, column) {
  const cell = row.cells[column];
  const text = (cell?.dataset.sort ?? cell?.textContent ?? "").trim();
  return { text, number: cell?.dataset.sort === undefined ? asNumber(text) : text === "" ? NaN : Number(text) };
}

// Empty cells stay at the end in both directions: "no figure" is neither large nor small.
function compare(left, right, direction) {
  if (!left.text || !right.text) return (left.text ? 0 : 1) - (right.text ? 0 : 1);
  const both = !Number.isNaN(left.number) && !Number.isNaN(right.number);
  return direction * (both ? left.number - right.number : words.compare(left.text, right.text));
}

// What a person chose for a table, so that a refresh of the part around it does not undo the choice.
const chosen = new Map();
let typing = null;

const nameOf = (block) => block.id || block.querySelector("caption")?.textContent || "";

function choiceFor(block) {
  const name = nameOf(block);
  if (!chosen.has(name)) chosen.set(name, {});
  return chosen.get(name);
}

function sortBy(table, column, direction) {
  const head = table.tHead.rows[0].cells[column];
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: keyOf(row, column) }));
  rows.sort((a, b) => compare(a.key, b.key, direction));
  body.append(...rows.map(({ row }) => row));
}

function makeSortable(table) {
  const choice = choiceFor(table.closest(".tp-table-block"));
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (head.hasAttribute("data-no-sort") || head.querySelector("a")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tp-sort";
    button.title = `${table.dataset.sortHint} ${head.textContent.trim()}`;
    button.append(...head.childNodes);
    button.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      choice.sort = { column, direction };
      sortBy(table, column, direction);
    });
    head.append(button);
  });
  if (choice.sort) sortBy(table, choice.sort.column, choice.sort.direction);
}

function filterRows(block, wanted) {
  const rows = [...block.querySelectorAll("tbody > tr")];
  const shown = rows.filter((row) => {
    row.hidden = !row.textContent.toLocaleLowerCase(language).includes(wanted);
    return !row.hidden;
  });
  return { shown: shown.length, all: rows.length };
}

function makeFilterable(box) {
  const block = box.closest(".tp-table-block");
  const count = block.querySelector("[data-table-count]");
  const unfiltered = count?.textContent;
  const input = document.createElement("input");
  input.type = "search";
  input.className = "tp-input";
  input.placeholder = box.dataset.label;
  input.setAttribute("aria-label", box.dataset.label);
  const none = document.createElement("p");
  none.className = "tp-table-none";
  none.textContent = box.dataset.none;
  none.hidden = true;
  block.append(none);
  const choice = choiceFor(block);
  const apply = () => {
    choice.filter = input.value;
    const wanted = input.value.trim().toLocaleLowerCase(language);
    const { shown, all } = filterRows(block, wanted);
    none.hidden = shown > 0;
    if (count) count.textContent = wanted ? count.dataset.some.replace("{shown}", shown).replace("{all}", all) : unfiltered;
  };
  input.addEventListener("input", apply);
  box.append(input);
  if (choice.filter) {
    input.value = choice.filter;
    apply();
  }
  if (typing?.name === nameOf(block)) {
    input.focus();
    input.setSelectionRange(typing.start, typing.end);
    typing = null;
  }
}

// A refresh takes the box away under the fingers: remember where the person was typing.
document.addEventListener("htmx:beforeSwap", () => {
  const box = document.activeElement?.closest?.("[data-table-filter]");
  const input = document.activeElement;
  typing = box && { name: nameOf(box.closest(".tp-table-block")), start: input.selectionStart, end: input.selectionEnd };
});

function once(element, enhance) {
  if (element.dataset.enhanced) return;
  element.dataset.enhanced = "yes";
  enhance(element);
}

export function enhanceTables(root) {
  root.querySelectorAll("table[data-sortable]").forEach((table) => once(table, makeSortable));
  root.querySelectorAll("[data-table-filter]").forEach((box) => once(box, makeFilterable));
}
