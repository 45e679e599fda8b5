// A comfort only: one box that chooses everybody on the page, and says how many are chosen.
for (const all of document.querySelectorAll("[data-choose-all]")) {
  const form = all.closest("form");
  const box = all.querySelector("input");
  const boxes = [...form.querySelectorAll('input[name="chosen"]')];
  const count = form.querySelector("[data-choose-count]");

  function show() {
    const chosen = boxes.filter((one) => one.checked).length;
    box.checked = chosen === boxes.length;
    box.indeterminate = chosen > 0 && chosen < boxes.length;
    count.textContent = chosen ? count.dataset.text.replace("[number]", chosen) : "";
  }

  box.addEventListener("change", () => {
    for (const one of boxes) one.checked = box.checked;
    show();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "chosen") show();
  });
  // The browser may have kept what was chosen before the page was left.
  addEventListener("pageshow", show);
  all.hidden = boxes.length < 2;
  show();
}
