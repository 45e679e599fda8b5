// A door without a network: what is tapped is kept on the phone and sent when it can be. Without this file the page
// is a form with ticks and a button. Kept are ids and times, never a name.
const door = document.querySelector("[data-door]");
const KEY = "samlarande.door";
const TRY_AGAIN_MS = 10_000;

if (door) start(door);

function start(door) {
  const { url } = door.dataset;
  const rows = [...door.querySelectorAll("[data-door-row]")];
  const part = (name) => door.querySelector(`[data-door-${name}]`);
  const text = (name, values = {}) =>
    Object.entries(values).reduce((all, [key, value]) => all.replace(`[${key}]`, value), door.dataset[`text${name}`]);
  const nameOf = (row) => row.querySelector("[data-door-name]").textContent;
  const boxOf = (row) => row.querySelector("input[type=checkbox]");
  const rowOf = (id) => rows.find((row) => row.dataset.doorRow === String(id));
  // The server's clock by this phone's: what is tapped on several phones is put in order there.
  const ahead = Number(door.dataset.now) - Date.now();
  let unkept; // what waits where the browser keeps nothing: until the page is left
  let sending = false;
  let stuck = false;
  let signedOut = false;

  // --- What waits on this phone ---

  // Read anew each time: another tab may have sent it meanwhile.
  function read() {
    if (unkept) return unkept;
    try {
      const stored = JSON.parse(localStorage.getItem(KEY));
      if (Array.isArray(stored?.waiting) && Array.isArray(stored?.failed)) return stored;
    } catch {
      // Nothing can be read: nothing waits.
    }
    return { waiting: [], failed: [] };
  }

  function change(act) {
    const all = read();
    act(all);
    try {
      localStorage.setItem(KEY, JSON.stringify(all));
    } catch {
      unkept = all;
    }
    show();
  }

  const isSame = (one, other) => one.url === other.url && one.id === other.id;

  function decide(row, decision) {
    const item = { url, id: row.dataset.doorRow, at: Date.now(), ...decision };
    boxOf(row).checked = item.present;
    change((all) => {
      all.waiting = all.waiting.filter((other) => !isSame(other, item));
      all.waiting.push(item);
      all.failed = all.failed.filter((other) => !isSame(other, item));
    });
    say(text(item.present ? "In" : "Out", { name: nameOf(row) }));
    send();
  }

  async function send() {
    if (sending) return;
    sending = true;
    stuck = signedOut = false;
    try {
      for (let item = read().waiting[0]; item && !stuck; item = read().waiting[0]) await sendOne(item);
    } finally {
      sending = false;
      show();
    }
  }

  async function sendOne(item) {
    const data = { sign_up: item.id, present: item.present, at: item.at + ahead };
    if ("minutes" in item) data.minutes = item.minutes;
    const answer = await post(item.url, data);
    if (answer.isLater) {
      stuck = true;
      signedOut = answer.isSignedOut;
      return;
    }
    change((all) => {
      // Tapped again while this was on its way: that one stays, and goes next.
      all.waiting = all.waiting.filter((other) => !(isSame(other, item) && other.at === item.at));
      if (!answer.ok) all.failed.push({ ...item, message: answer.message });
    });
    if (answer.ok && item.url === url) follow(answer.present);
    if (!answer.ok && item.url === url && rowOf(item.id)) {
      boxOf(rowOf(item.id)).checked = !item.present;
      show();
    }
  }

  // ok with what the server says, a refusal with its message, or "later": no network, a busy server, signed out.
  async function post(address, data) {
    const token = door.querySelector("[name=csrfmiddlewaretoken]").value;
    try {
      const answer = await fetch(address, {
        method: "POST",
        body: new URLSearchParams(data),
        headers: { Accept: "application/json", "X-CSRFToken": token },
        redirect: "manual",
      });
      if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) {
        return { isLater: true, isSignedOut: true };
      }
      if (answer.status >= 500 || [408, 429].includes(answer.status)) return { isLater: true };
      const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
      return { ok: answer.ok, message: "", ...(isJson ? await answer.json() : {}) };
    } catch {
      return { isLater: true };
    }
  }

  // Who is here by now as the server knows it; what is still on its way from this phone holds over that.
  function follow(present) {
    const here = new Set(present.map(String));
    const mine = new Set(read().waiting.filter((item) => item.url === url).map((item) => item.id));
    for (const row of rows) {
      if (!mine.has(row.dataset.doorRow)) boxOf(row).checked = here.has(row.dataset.doorRow);
    }
    show();
  }

  // --- What is shown ---

  function write(place, words) {
    // Written only when it is another: a screen reader reads each change aloud.
    if (place.textContent !== words) place.textContent = words;
  }

  const say = (words) => write(part("said"), words);

  function show() {
    const { waiting, failed } = read();
    const here = rows.filter((row) => boxOf(row).checked).length;
    if (touched) write(part("count"), part("count").dataset.text.replace("[here]", here).replace("[all]", rows.length));
    const shows = waiting.length > 0 && (stuck || !navigator.onLine);
    part("queue").hidden = !shows;
    const number = waiting.length === 1 ? text("WaitingOne") : text("Waiting", { number: waiting.length });
    write(part("waiting"), shows ? `${number}${signedOut ? ` ${text("SignedOut")}` : ""}` : "");
    part("failed").hidden = !failed.length;
    part("failed").querySelector("ul").replaceChildren(
      ...failed.map((item) => {
        const line = document.createElement("li");
        const row = item.url === url && rowOf(item.id);
        line.textContent = [row && nameOf(row), item.message].filter(Boolean).join(": ") || "–";
        return line;
      }),
    );
  }

  // --- Names to tap ---

  let touched = false;
  part("list").hidden = true; // each tap is saved by itself
  for (const row of rows) {
    boxOf(row).addEventListener("change", (event) => {
      touched = true;
      decide(row, { present: event.target.checked });
    });
    row.querySelector("[data-door-minutes]")?.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!event.target.reportValidity()) return;
      touched = true;
      decide(row, { present: true, minutes: new FormData(event.target).get("minutes") });
      row.querySelector("details").open = false;
      row.querySelector("summary").focus();
    });
  }

  part("failed").querySelector("button").addEventListener("click", () => {
    change((all) => { all.failed = []; });
    part("code").elements.code.focus();
  });

  // --- Finding somebody in the list ---

  part("search").hidden = false;
  part("search").querySelector("input").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLocaleLowerCase("sv");
    for (const row of rows) row.hidden = !nameOf(row).toLocaleLowerCase("sv").includes(wanted);
    write(part("none"), rows.every((row) => row.hidden) ? part("none").dataset.text : "");
  });

  // --- A code, typed or read by the camera ---

  const codeForm = part("code");
  const plain = (code) => code.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "").replace(/Z/g, "2").replace(/S/g, "5").replace(/B/g, "8");

  function rowFor(code) {
    const uid = code.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i)?.[0].toLowerCase();
    return rows.find((row) => (uid ? row.dataset.uid === uid : row.dataset.code === plain(code)));
  }

  function sayWrong(words) {
    const input = codeForm.elements.code;
    let list = codeForm.querySelector(".errorlist");
    if (!list) {
      list = document.createElement("ul");
      list.className = "errorlist";
      list.id = "door-code-error";
      list.setAttribute("role", "alert");
      input.before(list);
      input.setAttribute("aria-describedby", list.id);
    }
    const line = document.createElement("li");
    line.textContent = words;
    list.replaceChildren(...(words ? [line] : []));
    codeForm.querySelector(".field").classList.toggle("field--invalid", Boolean(words));
    if (words) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  async function take(code) {
    const row = rowFor(code);
    touched = true;
    if (row && boxOf(row).checked) say(text("Already", { name: nameOf(row) }));
    else if (row) decide(row, { present: true });
    else {
      say("");
      // Perhaps somebody who got a seat at another door: the server knows.
      const answer = await post(url, { code });
      if (answer.ok) location.reload();
      else sayWrong(answer.isLater ? text("Offline") : answer.message || text("Unknown"));
      return false;
    }
    sayWrong("");
    return true;
  }

  codeForm.addEventListener("submit", async (event) => {
    const input = codeForm.elements.code;
    if (!input.value.trim()) return; // the server says what is missing
    event.preventDefault();
    if (await take(input.value)) input.value = "";
    input.focus();
  });

  const camera = part("camera");
  const picture = part("picture");
  const video = picture.querySelector("video");
  const openLabel = camera.querySelector("span").textContent;
  let stream;

  function closeCamera() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.srcObject = null;
    picture.hidden = true;
    camera.setAttribute("aria-pressed", "false");
    camera.querySelector("span").textContent = openLabel;
  }

  async function openCamera() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      picture.hidden = false;
      camera.setAttribute("aria-pressed", "true");
      camera.querySelector("span").textContent = text("Close");
      await video.play();
    } catch {
      closeCamera();
      sayWrong(text("NoCamera"));
      return;
    }
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    let last = { code: "", at: 0 };
    while (stream) {
      const [found] = await detector.detect(video).catch(() => []);
      // Somebody holds their code before the camera for a second or two: that is one check-in.
      if (found && (found.rawValue !== last.code || Date.now() - last.at > 4000)) {
        last = { code: found.rawValue, at: Date.now() };
        navigator.vibrate?.(80);
        await take(found.rawValue);
      }
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  if ("BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
    camera.hidden = false;
    camera.addEventListener("click", () => (stream ? closeCamera() : openCamera()));
    document.addEventListener("visibilitychange", () => document.hidden && stream && closeCamera());
    addEventListener("pagehide", closeCamera);
  }

  // --- Sending again ---

  addEventListener("online", send);
  addEventListener("offline", show);
  addEventListener("storage", show);
  setInterval(() => read().waiting.length && send(), TRY_AGAIN_MS);
  for (const item of read().waiting) {
    const row = item.url === url && rowOf(item.id);
    if (!row) continue;
    touched = true;
    boxOf(row).checked = item.present;
  }
  show();
  send();
}

// A form that must reach the server says so instead of losing the page to the browser's error page.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-door-online]") || navigator.onLine) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const said = event.target.querySelector("[data-door-needs-network]") ?? document.createElement("p");
  said.dataset.doorNeedsNetwork = "";
  said.setAttribute("role", "alert");
  said.textContent = door?.dataset.textNeedsNetwork ?? "";
  event.target.append(said);
}, true);
