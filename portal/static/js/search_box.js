// A comfort only: titles that complete what is written in a search box. The keys and roles are those of an editable
// combobox with a list (WAI-ARIA Authoring Practices, "Combobox").
const PAUSE = 150; // ms without a key before asking

for (const box of document.querySelectorAll("[data-suggestions]")) {
  const input = box.querySelector("input");
  const list = document.createElement("ul");
  const status = document.createElement("p");
  let options = [];
  let current = -1;
  let timer;
  let asked;

  list.id = `${input.id}-suggestions`;
  list.className = "search-box__list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.querySelector("label").textContent);
  list.hidden = true;
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  box.append(list, status);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  function close() {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  }

  function choose(number) {
    current = number;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === current)));
    if (current < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", options[current].id);
      options[current].scrollIntoView({ block: "nearest" });
    }
  }

  function show(suggestions) {
    options = suggestions.map(({ title, kind, href, lang }, at) => {
      const option = document.createElement("li");
      const name = document.createElement("span");
      const what = document.createElement("span");
      name.textContent = title;
      name.lang = lang;
      what.textContent = kind;
      what.className = "search-box__kind";
      option.append(name, " ", what);
      option.id = `${list.id}-${at}`;
      option.dataset.href = href;
      option.setAttribute("role", "option");
      return option;
    });
    list.replaceChildren(...options);
    choose(-1);
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(options.length > 0));
    const text = options.length === 1 ? box.dataset.one : box.dataset.several;
    status.textContent = options.length ? text.replace("[number]", options.length) : "";
  }

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    try {
      const address = `${box.dataset.suggestions}?q=${encodeURIComponent(input.value)}`;
      const answer = await fetch(address, { signal: asked.signal });
      if (answer.ok && document.activeElement === input) show((await answer.json()).suggestions);
    } catch {
      // Without an answer one searches as without this script.
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length < 2) close();
    else timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      // One step past the end is the input itself.
      choose(((current + 1 + step + options.length + 1) % (options.length + 1)) - 1);
    } else if (event.key === "Enter" && current >= 0) {
      event.preventDefault();
      location.assign(options[current].dataset.href);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });
  // Not the click, before which the input would lose its focus and the list close.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.href);
  });
  input.addEventListener("blur", close);
}
