// The reading settings show at once what they do; they are kept when the form is sent.
const form = document.querySelector("[data-reading-settings]");

form?.addEventListener("change", () => {
  const chosen = [...new FormData(form)].filter(([name, value]) => value !== "normal" && !["csrfmiddlewaretoken", "next"].includes(name));
  document.documentElement.dataset.reading = chosen.map(([name, value]) => `${name}-${value}`).join(" ");
});
