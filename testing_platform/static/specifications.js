// Adds up what a specification takes while somebody types, and marks where the bank holds less. The server checks again.
const form = document.querySelector("[data-specification]");
const wholeNumber = (field) => (/^\d{1,4}$/.test(field?.value.trim() ?? "") ? Number(field.value) : 0);

function sumOf(section) {
  const field = (name) => section.querySelector(`input[name^="${name}:"]`);
  const way = section.querySelector('input[name^="way:"]:checked')?.value;
  if (way === "min_per_core") return wholeNumber(field("items"));
  if (way === "per_indicator") return wholeNumber(field("each")) * Number(section.querySelector("[data-spec-indicators]").dataset.specIndicators);
  return [...section.querySelectorAll(".spec-number")].reduce((sum, number) => sum + wholeNumber(number), 0);
}

function mark(section) {
  const isExact = section.querySelector('input[value="allocation"]:checked') !== null;
  for (const number of section.querySelectorAll(".spec-number")) {
    const isShort = isExact && wholeNumber(number) > Number(number.dataset.held);
    const row = number.closest("tr");
    row.classList.toggle("spec-short", isShort);
    row.querySelector(".spec-few").hidden = !isShort;
  }
}

function tell() {
  let total = 0;
  for (const section of form.querySelectorAll("[data-spec-section]")) {
    const sum = sumOf(section);
    section.querySelector("[data-spec-sum]").value = sum;
    total += sum;
    mark(section);
  }
  form.querySelector("[data-spec-total]").value = total;
}

form.addEventListener("input", tell);
tell();
