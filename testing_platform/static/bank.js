// How many items are ticked, and one tick for all of the page. Without script each item is ticked by itself.
for (const bar of document.querySelectorAll("[data-bulk-bar]")) {
  const form = bar.closest("form");
  const ticks = [...form.querySelectorAll('input[name="item"]')];
  const count = bar.querySelector("[data-bulk-count]");
  const all = document.createElement("input");
  all.type = "checkbox";
  all.id = "tick-all";
  const label = document.createElement("label");
  label.htmlFor = all.id;
  label.textContent = bar.dataset.all;
  const choice = document.createElement("div");
  choice.className = "tp-choice";
  choice.append(all, label);
  form.querySelector(".tp-table-block")?.before(choice);

  const tell = () => {
    const n = ticks.filter((tick) => tick.checked).length;
    count.textContent = n === 0 ? bar.dataset.none : n === 1 ? bar.dataset.one : bar.dataset.some.replace("{n}", n);
    all.checked = n === ticks.length;
    all.indeterminate = n > 0 && n < ticks.length;
  };
  all.addEventListener("change", () => {
    for (const tick of ticks) tick.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  tell();
}
