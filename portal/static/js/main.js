// Comforts only: every page works without this file.

// A form is sent once. The button is locked after the submit event, so that its own name and value are
// still sent; it wakes again when the page comes back from the browser's back/forward cache.
const locked = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-submit-once]")) return;
  if (form.dataset.submitted) {
    event.preventDefault();
    return;
  }
  form.dataset.submitted = "true";
  form.setAttribute("aria-busy", "true");
  locked.add(form);
  setTimeout(() => setDisabled(form, true));
});

addEventListener("pageshow", () => {
  for (const form of locked) {
    delete form.dataset.submitted;
    form.removeAttribute("aria-busy");
    setDisabled(form, false);
  }
  locked.clear();
});

// form.elements also finds a button that stands outside and points here with its form attribute.
function setDisabled(form, disabled) {
  for (const control of form.elements) {
    if (control.type !== "submit") continue;
    if (disabled && !control.disabled) control.dataset.locked = "true";
    if (!("locked" in control.dataset)) continue;
    control.disabled = disabled;
    if (!disabled) delete control.dataset.locked;
  }
}

// After a failed submit the reader starts at the list of what to put right.
const faults = document.querySelector("[data-error-summary]");
faults?.focus();
// An address with a #part takes the focus away when it is scrolled to.
if (faults && location.hash) addEventListener("load", () => requestAnimationFrame(() => faults.focus()));

// The phone menu closes with Escape, and the focus returns to its button.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.(".site-menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
