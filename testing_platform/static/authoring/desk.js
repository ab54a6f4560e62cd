// Says at the desk that some typing never reached the server, and leads to its draft, where it is offered back.
import { Kept } from "../kept_here.js";

const typed = new Kept("typing");
const place = document.getElementById("unsent");
for (const key of typed.keysOf(place.dataset.account)) {
  const [, version] = key.split(":");
  const link = document.createElement("a");
  link.href = place.dataset.editor + version;
  link.textContent = place.dataset.words.replace("{item}", typed.find(key)?.code ?? "");
  const line = document.createElement("p");
  line.append(link);
  const notice = document.createElement("div");
  notice.className = "tp-notice tp-notice-warn";
  notice.setAttribute("role", "status");
  notice.append(line);
  place.append(notice);
}
