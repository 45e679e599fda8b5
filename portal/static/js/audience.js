// Tells anew who would see a page or an event while municipalities are ticked. Without it the sentences are those
// of what was last saved. Listens on the document: Wagtail loads the file before the form is there.
const ASKING = ["municipality", "shared_with", "shared_with_collaborations"];
let asked;

document.addEventListener("change", async (event) => {
  const form = event.target.form;
  const choice = form?.querySelector("[data-audience]");
  if (!choice || !ASKING.includes(event.target.name)) return;
  const data = new FormData(form);
  const query = new URLSearchParams({ owner: data.get("municipality") || (choice.dataset.owner ?? "") });
  for (const name of ["shared_with", "shared_with_collaborations"]) {
    for (const value of data.getAll(name)) query.append(name, value);
  }
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(`${choice.dataset.ask}?${query}`, { signal: asked.signal });
    if (!answer.ok) return;
    const sentences = await answer.json();
    for (const place of choice.querySelectorAll("[data-audience-sentence]")) {
      place.textContent = sentences[place.dataset.audienceSentence] ?? place.textContent;
    }
  } catch {
    // No answer: what stands there still holds for what was saved.
  }
});
