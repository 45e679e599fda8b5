// A form with data-passkey asks the browser for a passkey (get) or to make one (create), and sends what it answers.
for (const told of window.PublicKeyCredential ? document.querySelectorAll("[data-no-passkey]") : []) told.hidden = true;
for (const form of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const told = form.querySelector("[data-passkey-status]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    told.textContent = "";
    try {
      const asked = JSON.parse(form.dataset.passkeyOptions);
      form.elements.credential.value = JSON.stringify(await window.webauthnJSON[form.dataset.passkey](asked));
      form.submit();
    } catch {
      told.textContent = told.dataset.failed; // cancelled, too late, or nothing that fits
    }
  });
}
