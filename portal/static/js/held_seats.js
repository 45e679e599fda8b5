// Says when the time of held seats runs out. Without it the page still says until when they are held.
const until = document.querySelector("[data-held-until]");
const status = document.querySelector("[data-held-soon]");

if (until && status) {
  const left = () => new Date(until.dataset.heldUntil) - Date.now();
  const tell = () => {
    const text = left() <= 0 ? status.dataset.heldOver : left() < 120000 ? status.dataset.heldSoon : "";
    // Written only when it is another: a screen reader reads each change aloud.
    if (status.textContent !== text) status.textContent = text;
  };
  tell();
  setInterval(tell, 5000);
}
