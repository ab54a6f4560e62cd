// Brings the comforts of the staff pages. Everything works without it: each part only adds to what the server sent.
import { enhanceDialogs } from "./dialogs.js";
import { enhancePasswords, focusErrorSummary, closeMenusOutside } from "./fields.js";
import { keepWords } from "./kept_words.js";
import { guardRefreshes, sendToken } from "./refresh.js";
import { enhanceTables } from "./tables.js";
import { enhanceThemeSwitch } from "./themes.js";

enhanceThemeSwitch();
enhanceTables(document);
enhanceDialogs(document);
enhancePasswords(document);
focusErrorSummary();
closeMenusOutside();
sendToken();
keepWords();
guardRefreshes();
document.addEventListener("htmx:load", (event) => {
  enhanceTables(event.target);
  enhanceDialogs(event.target);
});
