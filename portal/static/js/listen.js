// Reads the page aloud with the voice of the device, a sentence at a time, and marks the sentence it reads.

const box = document.querySelector("[data-listen]");
const speech = window.speechSynthesis;
const SKIPPED = "nav, form, button:not(.term), [popover], script, svg, [hidden], .no-print, .visually-hidden, details:not([open]) > :not(summary)";

if (box && speech && "Segmenter" in Intl) {
  const play = box.querySelector("[data-listen-play]");
  const stop = box.querySelector("[data-listen-stop]");
  const label = play.querySelector("span");
  const words = { listen: label.textContent, pause: box.dataset.pause, goOn: box.dataset.goOn };
  let sentences = [];
  let at = 0;
  let speaking = false;

  box.hidden = false;

  play.addEventListener("click", () => {
    if (speaking) {
      halt(words.goOn);
      return;
    }
    // Read anew each time: what was folded may be open now.
    if (at === 0) sentences = sentencesOf(document.querySelector("main"));
    speaking = true;
    label.textContent = words.pause;
    stop.hidden = false;
    box.dataset.active = "";
    say();
  });

  stop.addEventListener("click", () => {
    end();
    play.focus();
  });

  addEventListener("pagehide", end);

  function say() {
    const sentence = sentences[at];
    if (!sentence) {
      end();
      return;
    }
    const spoken = new SpeechSynthesisUtterance(sentence.text);
    spoken.lang = sentence.lang;
    spoken.onend = () => {
      if (!speaking) return;
      at += 1;
      say();
    };
    spoken.onerror = () => speaking && end();
    mark(sentence.range);
    speech.speak(spoken);
  }

  // Pausing is stopping and remembering where: phones forget to go on after speechSynthesis.pause().
  function halt(text) {
    speaking = false;
    speech.cancel();
    label.textContent = text;
  }

  function end() {
    halt(words.listen);
    at = 0;
    stop.hidden = true;
    delete box.dataset.active;
    mark(null);
  }
} else box?.remove();

// The sentences of the headings, paragraphs and points inside `root`, each with its language and its place.
function sentencesOf(root) {
  const found = [];
  for (const block of root.querySelectorAll("h1, h2, h3, h4, p, li, dt, dd, summary")) {
    if (block.closest(SKIPPED) || block.querySelector("p, li, h2, h3, h4, dd")) continue;
    const nodes = textNodesOf(block);
    const text = nodes.map((node) => node.data).join("");
    const lang = block.closest("[lang]").lang;
    for (const { segment, index } of new Intl.Segmenter(lang, { granularity: "sentence" }).segment(text)) {
      if (segment.trim()) found.push({ text: segment.trim(), lang, range: rangeOf(nodes, index, index + segment.length) });
    }
  }
  return found;
}

function textNodesOf(block) {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest("svg, .visually-hidden") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
}

function rangeOf(nodes, from, to) {
  const range = new Range();
  let passed = 0;
  for (const node of nodes) {
    const end = passed + node.length;
    if (from >= passed && from <= end) range.setStart(node, from - passed);
    if (to >= passed && to <= end) {
      range.setEnd(node, to - passed);
      break;
    }
    passed = end;
  }
  return range;
}

function mark(range) {
  if (!window.Highlight) return;
  CSS.highlights.clear();
  if (!range) return;
  CSS.highlights.set("spoken", new Highlight(range));
  const { top, bottom } = range.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    range.startContainer.parentElement.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  }
}
