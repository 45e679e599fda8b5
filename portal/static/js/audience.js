// Tells anew who would see a page or an event while municipalities are ticked. Without it the sentences are those
// of what was last saved.
for (const choice of document.querySelectorAll("[data-audience]")) {
  const form = choice.closest("form");
  if (!form) continue;
  let asked;

  const ask = async () => {
    const data = new FormData(form);
    const owner = choice.dataset.owner ?? "";
    const query = new URLSearchParams({ owner: data.get("municipality") || owner });
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
  };

  form.addEventListener("change", (event) => {
    if (["municipality", "shared_with", "shared_with_collaborations"].includes(event.target.name)) ask();
  });
}
