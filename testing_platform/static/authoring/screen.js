// Shows one item with the very modules of the candidate's page. The editor around it says what to show and how large.
import { Practice } from "../runner/practice.js";
import { t } from "../runner/text.js";
import { testView } from "../runner/views/test.js";
import { helpDialog, openDialog } from "../runner/views/dialogs.js";
import { h } from "../runner/dom.js";

// The candidate's page puts the focus on each new item; here it would be taken from whoever is typing beside it.
HTMLElement.prototype.focus = () => {};

const MINUTES = 90;
const shownFirst = JSON.parse(document.getElementById("shown").textContent);
const root = document.getElementById("runner");

/* One item of a test that has not begun to be answered; nothing of it is sent or kept anywhere. */
class Shown extends Practice {
  isPractice = false;
}

function show({ html, options, pictures }) {
  const item = { id: "preview", html, options: options.map((text, place) => ({ id: `preview-${place}`, html: text })) };
  const practice = new Shown({ items: [item], pictures: new Map(Object.entries(pictures)), reply: { candidate: { name: "" }, title: document.title } });
  const nothing = () => {};
  const say = () => openDialog({ title: t("item.report") }, h("p", null, t("practice.reported")));
  const view = testView({ attempt: practice, notice: h("span", { hidden: true }), onFinish: nothing, onHelp: helpDialog, onLook: nothing, onChallenge: say });
  practice.addEventListener("change", view.update);
  practice.addEventListener("moved", view.move);
  const top = window.scrollY;
  root.replaceChildren(view.element);
  practice.goTo(0);
  view.tick(MINUTES * 60);
  window.scrollTo(0, top);
}

window.addEventListener("message", (event) => {
  if (event.origin !== window.location.origin) return;
  if (event.data.ask) parent.postMessage("ready", window.location.origin);
  if (event.data.size) document.documentElement.dataset.size = event.data.size;
  if (event.data.shown) show(event.data.shown);
});

show(shownFirst);
parent.postMessage("ready", window.location.origin);
