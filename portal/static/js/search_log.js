// A comfort for editors: which search was shown, and which of its hits was opened, without who did.
(() => {
  const tell = (results, rank) => {
    const told = new FormData();
    told.append("note", results.dataset.note);
    if (rank) told.append("rank", rank);
    navigator.sendBeacon?.(results.dataset.noteAt, told);
  };
  let shown = "";
  const tellShown = () => {
    const results = document.querySelector("[data-note]");
    // A list may be put into the page more than once; each search is told of once.
    if (!results || results.dataset.note === shown) return;
    shown = results.dataset.note;
    tell(results);
  };
  tellShown();
  document.addEventListener("htmx:afterSettle", tellShown);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-note] a[data-rank]");
    if (link) tell(link.closest("[data-note]"), link.dataset.rank);
  });
})();
