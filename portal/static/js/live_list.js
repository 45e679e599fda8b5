// A comfort only: a list that is narrowed or turned over changes in place. Without this script, or where the answer
// is no such list, the browser loads the page as it always could.
const list = document.querySelector("[data-live-list]");
const told = list.querySelector("[role=status]");

let wasOpen;

const fields = () => list.querySelector("form details");
const busy = (state) => list.setAttribute("aria-busy", String(state));

function load(address) {
  busy(false);
  location.assign(address);
}

// Fields that say nothing stay out of the address, which people share.
list.addEventListener("htmx:configRequest", ({ detail }) => {
  for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
});

list.addEventListener("htmx:beforeRequest", () => busy(true));
list.addEventListener("htmx:sendError", ({ detail }) => load(detail.pathInfo.finalRequestPath));
list.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, pathInfo } = event.detail;
  wasOpen = fields()?.open;
  if (xhr.status === 200 && xhr.responseText.includes('id="results"')) return;
  event.preventDefault();
  load(pathInfo.finalRequestPath);
});

// Before htmx gives the focus back: nothing in closed fields can have it.
list.addEventListener("htmx:oobAfterSwap", () => {
  if (wasOpen && fields()) fields().open = true;
});

list.addEventListener("htmx:afterSettle", ({ detail }) => {
  busy(false);
  const results = document.getElementById("results");
  told.textContent = results.querySelector("[data-count]")?.textContent ?? results.textContent.trim().slice(0, 120);
  // Whoever changed a field stays there; whoever followed a link has no link any more, and goes on at the list.
  if (!document.activeElement || document.activeElement === document.body || !detail.elt.isConnected) {
    results.focus({ preventScroll: true });
    if (results.getBoundingClientRect().top < 0) results.scrollIntoView();
  }
});
