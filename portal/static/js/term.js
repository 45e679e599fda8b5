// A comfort only: what a word means opens by pressing it, without this script too; with a mouse it opens when one rests
// on it, stays while one is on it, and closes with Escape (WCAG 2.2, 1.4.13).
const RESTING = 350; // ms
let timer;
let shown;

function over(event, action) {
  if (event.pointerType !== "mouse") return;
  clearTimeout(timer);
  timer = setTimeout(action, RESTING);
}

for (const word of document.querySelectorAll(".term")) {
  const note = document.getElementById(word.getAttribute("popovertarget"));
  const open = () => {
    if (note.matches(":popover-open")) return;
    note.showPopover({ source: word });
    shown = note;
  };
  const close = () => {
    if (shown === note && note.matches(":popover-open")) note.hidePopover();
  };
  word.addEventListener("pointerenter", (event) => over(event, open));
  for (const part of [word, note]) part.addEventListener("pointerleave", (event) => over(event, close));
  note.addEventListener("pointerenter", (event) => over(event, () => {}));
  // Pressed, it stays until it is closed.
  word.addEventListener("click", () => {
    clearTimeout(timer);
    shown = undefined;
  });
}
