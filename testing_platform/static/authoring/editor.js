// The editor of a draft: keeps what is typed, shows the candidate's page, the remarks and who else is at work.
import { richText } from "../runner/richtext.js";
import { insertParagraph, startInserting } from "./inserting.js";
import { showPreview, startPreview } from "./preview.js";
import { showRemarks } from "./remarks.js";
import { ask, fill, Typing } from "./typing.js";

const form = document.getElementById("editor");
const status = document.getElementById("status");
const banner = document.getElementById("editor-banner");
const missing = document.getElementById("missing");
const typing = new Typing(form, hear);

function hear(what, answer) {
  if (what === "answer") return hearAnswer(answer);
  status.dataset.state = what;
  if (what === "typing") say(status.dataset.typing);
  if (what === "sending") say(status.dataset.sending);
  if (what === "away") say(status.dataset.away);
  if (what === "out") { say(status.dataset.out); status.append(" ", link(form.dataset.signIn, form.dataset.wordSignIn)); }
  if (what === "refused") say(`${status.dataset.refused}: ${answer.message || form.dataset.wordTooLarge}`);
  if (what === "conflict") {
    say(status.dataset.refused);
    tell("warn", answer.message, button(form.dataset.wordCompare, compare));
  }
}

function hearAnswer(answer) {
  if (!typing.isPending) {
    status.dataset.state = "kept";
    say(answer.time ? status.dataset.kept.replace("{time}", answer.time) : "");
  }
  missing.textContent = answer.missing.length ? missing.dataset.words.replace("{parts}", answer.missing.join(", ")) : "";
  showPreview(answer.preview);
  document.getElementById("rationale-shown").replaceChildren(richText(answer.preview.rationale, new Map(Object.entries(answer.preview.pictures))));
  showRemarks(form, answer.remarks);
  tellOthers(answer);
}

let told = "|";
let toldNotice = null;

/* Whoever else is at work, and a draft that somebody saved meanwhile: said once, and again when it changes. */
function tellOthers({ others, is_overtaken: isOvertaken, saved_by: savedBy }) {
  const names = others.map(({ name, time }) => `${name} (${time})`).join(", ");
  const key = `${isOvertaken ? savedBy : ""}|${others.map(({ name }) => name).join()}`;
  if (key === told) return;
  told = key;
  toldNotice?.remove();
  toldNotice = null;
  if (isOvertaken) toldNotice = tell("warn", form.dataset.wordOvertaken.replace("{name}", savedBy), button(form.dataset.wordCompare, compare));
  else if (names) toldNotice = tell("note", form.dataset.wordOthers.replace("{names}", names));
}

function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

function tell(kind, text, ...acts) {
  const notice = document.createElement("div");
  notice.className = `tp-notice tp-notice-${kind}`;
  notice.setAttribute("role", "status");
  const body = document.createElement("div");
  body.className = "tp-notice-body";
  const words = document.createElement("p");
  words.textContent = text;
  body.append(words, ...acts);
  notice.append(body);
  banner.append(notice);
  return notice;
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "tp-button tp-button-secondary";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function link(address, text) {
  const made = document.createElement("a");
  Object.assign(made, { href: address, target: "_blank", rel: "noopener", textContent: text });
  return made;
}

/* Both texts are shown side by side by the server, which is given the one of this window. */
async function compare() {
  const { kind } = await ask(form.dataset.typing);
  if (kind !== "ok") return hear(kind === "out" ? "out" : "away"); // what is typed stays on this computer
  typing.forget();
  typing.stop();
  form.action = form.dataset.merge;
  form.submit();
}

function offerBack() {
  const kept = typing.offered;
  if (!kept) return;
  const isNext = kept.counter === form.elements.counter.value;
  const notice = tell("warn", form.dataset.wordOffered,
    isNext ? button(form.dataset.wordTake, () => { fill(form, kept.fields); form.dispatchEvent(new Event("input")); notice.remove(); })
      : button(form.dataset.wordCompare, () => { fill(form, kept.fields); form.elements.counter.value = kept.counter; compare(); }),
    button(form.dataset.wordDrop, () => { typing.forget(); notice.remove(); }));
}

/* The page is left only when the server has every word; a dead line shows no error page in its place. */
form.addEventListener("submit", async (event) => {
  const act = event.submitter?.value;
  event.preventDefault();
  if (typing.isStopped) return compare();
  if (act === "picture") return sendPicture();
  for (const each of form.querySelectorAll("button")) each.disabled = true;
  const isKept = await typing.flush();
  const isThere = isKept && (await ask(form.dataset.typing)).kind === "ok";
  for (const each of form.querySelectorAll("button")) each.disabled = false;
  if (!isThere) return isKept && hear("away");
  typing.stop();
  const chosen = document.createElement("input");
  Object.assign(chosen, { type: "hidden", name: "act", value: act ?? "save" });
  form.append(chosen);
  form.elements.picture.disabled = true;
  form.submit();
});

let lastField = form.elements.stem;
form.addEventListener("focusin", ({ target }) => {
  if (target.matches("textarea") && target.name !== "sources") lastField = target;
});

async function sendPicture() {
  const problem = form.querySelector("[data-picture-problem]");
  const file = form.elements.picture.files[0];
  const complain = (text) => { problem.hidden = !text; problem.textContent = text; };
  complain("");
  if (!file) return complain(form.dataset.wordNoFile);
  if (file.size > Number(form.dataset.mostBytes)) return complain(form.dataset.wordTooLarge);
  const reply = await typing.inTurn(() => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ ...typing.stand, alt: form.elements.alt.value })) body.set(name, value);
    body.set("picture", file);
    return ask(form.dataset.picture, body, form.elements.csrf_token.value);
  });
  if (reply.kind === "ok") {
    typing.take(reply.json);
    insertParagraph(lastField, reply.json.text);
    form.elements.picture.value = "";
    form.elements.alt.value = "";
    document.getElementById("picture").open = false;
  } else complain(reply.json?.message || form.dataset[reply.kind === "refused" ? "wordTooLarge" : "wordAway"]);
}

startInserting();
startPreview();
offerBack();
typing.start();
ask(form.dataset.typing).then(({ kind, json }) => { if (kind === "ok" && !typing.isSending) hearAnswer(json); });
