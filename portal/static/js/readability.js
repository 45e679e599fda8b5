// In the editor: how hard the text is to read, beside Wagtail's own checks, each time it has read the preview.
// LIX and its bounds are Björnsson's (Läsbarhet, 1968).
const BOUNDS = [
  [30, "veryEasy"],
  [40, "easy"],
  [50, "medium"],
  [60, "hard"],
  [Infinity, "veryHard"],
];
const LONG_WORD = 7; // letters
const WORDS_A_MINUTE = 199; // as in cms/services/texts.py
const LEAST_WORDS = 30; // of fewer LIX says nothing
const TEXTS = "p, li, h1, h2, h3, h4, dt, dd, q, blockquote";
const NOT_READ = "nav, form, aside, header ul, button:not(.term), script, svg, [hidden], [popover], .no-print, .visually-hidden";

document.addEventListener("w-preview:content", ({ detail: { content } }) => {
  const lix = document.querySelector("[data-lix]");
  const panel = document.querySelector("[data-long-sentences]");
  if (!lix || !panel) return;

  const sentences = sentencesIn(content);
  const words = sentences.flatMap((sentence) => sentence.words);
  document.querySelector("[data-words-in-all]").textContent = words.length;
  document.querySelector("[data-minutes]").textContent = Math.max(1, Math.round(words.length / WORDS_A_MINUTE)) + " min";
  const long = words.filter((word) => word.length >= LONG_WORD).length;
  const score = Math.round(words.length / sentences.length + (100 * long) / words.length);
  lix.textContent =
    words.length < LEAST_WORDS ? "–" : `${score} – ${lix.dataset[BOUNDS.find(([below]) => score < below)[1]]}`;

  const template = panel.querySelector("template");
  const tooLong = sentences
    .filter((sentence) => sentence.words.length > Number(panel.dataset.longest))
    .sort((one, other) => other.words.length - one.words.length)
    .slice(0, Number(panel.dataset.most));
  panel.querySelector("ul").replaceChildren(
    template,
    ...tooLong.map((sentence) => {
      const item = template.content.cloneNode(true);
      const number = item.querySelector("[data-words]");
      item.querySelector("[data-sentence]").textContent = sentence.text;
      number.textContent = number.dataset.label.replace("[number]", sentence.words.length);
      return item;
    }),
  );
  panel.hidden = !tooLong.length;
});

// A heading or a point of a list is a sentence of its own, full stop or not.
function sentencesIn({ lang, innerHTML }) {
  const page = new DOMParser().parseFromString(innerHTML, "text/html");
  for (const part of page.querySelectorAll(NOT_READ)) part.remove();
  const bySentence = new Intl.Segmenter(lang, { granularity: "sentence" });
  const byWord = new Intl.Segmenter(lang, { granularity: "word" });
  return [...page.querySelectorAll(TEXTS)]
    .filter((block) => !block.querySelector(TEXTS))
    .flatMap((block) => [...bySentence.segment(block.textContent.replace(/\s+/g, " ").trim())])
    .map(({ segment }) => ({
      text: segment.trim(),
      words: [...byWord.segment(segment)].filter(({ isWordLike }) => isWordLike).map((word) => word.segment),
    }))
    .filter((sentence) => sentence.words.length);
}
