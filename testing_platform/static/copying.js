// A button beside a read-only field that copies it. Without script the field is selected and copied by hand.
function addCopyButton(input) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "tp-button tp-button-secondary";
  button.textContent = input.dataset.copyLabel;
  const said = document.createElement("span");
  said.className = "tp-muted";
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    input.select();
    said.textContent = (await copied(input.value)) ? input.dataset.copied : input.dataset.notCopied;
  });
  const row = document.createElement("div");
  row.className = "tp-buttons";
  row.append(button, said);
  input.after(row);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no permission, or no secure context: the text stays selected
  }
}

document.querySelectorAll("[data-copy]").forEach(addCopyButton);
