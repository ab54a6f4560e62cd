// The reviewer's desk: the candidate's page in its frame. What is filled in is kept as in every form with room for words.
import { startPreview } from "../authoring/preview.js";

// Who gives the item back gives up what was marked.
document.querySelector("#give-back form")?.setAttribute("data-ends-words", "");
document.querySelectorAll("[data-with-script]").forEach((words) => { words.hidden = false; });
if (document.getElementById("screen")) startPreview();
