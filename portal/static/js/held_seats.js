// Says when the time of held seats runs out. Without it the page still says until when they are held.
const until = document.querySelector("[data-held-until]");
const soon = document.querySelector("[data-held-soon]");

if (until && soon) {
  const left = () => new Date(until.dataset.heldUntil) - Date.now();
  const tell = () => {
    const text = left() <= 0 ? soon.dataset.heldOver : left() < 120000 ? soon.dataset.heldSoon : "";
    // Written only when it is another: a screen reader reads each change aloud.
    if (soon.textContent !== text) soon.textContent = text;
  };
  tell();
  setInterval(tell, 5000);
}
