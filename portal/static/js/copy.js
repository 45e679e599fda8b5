// A button beside a text puts it on the clipboard. Without it the text is selected and copied by hand.
const status = document.querySelector("[data-copy-status]");

for (const button of navigator.clipboard ? document.querySelectorAll("[data-copies]") : []) {
  const text = document.getElementById(button.dataset.copies);
  const label = button.querySelector("span");
  const before = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    text.select();
    await navigator.clipboard.writeText(text.value);
    label.textContent = status.textContent = button.dataset.copied;
    setTimeout(() => {
      label.textContent = before;
      status.textContent = "";
    }, 4000);
  });
}
