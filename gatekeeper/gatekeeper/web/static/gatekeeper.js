// What makes the pages nicer. Every page works without it.
"use strict";

document.documentElement.classList.add("js");

// --- how far the checks are ---

function follow(list) {
  const look = async () => {
    try {
      const answer = await fetch(list.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) { window.location.reload(); return; }
      const progress = await answer.json();
      if (!progress.busy) { window.location.reload(); return; }
      list.replaceChildren(...progress.steps.map((step) => {
        const line = document.createElement("li");
        line.className = step.status;
        line.textContent = step.label;
        return line;
      }));
    } catch { /* the next look may get through */ }
    window.setTimeout(look, 1000);
  };
  window.setTimeout(look, 700);
}

// --- a page on which something is about to change ---

function loadAgain() {
  const look = () => {
    if (document.hidden) { window.setTimeout(look, 4000); return; }
    window.location.replace(window.location.href);
  };
  window.setTimeout(look, 4000);
}

// --- typing a name chooses "somebody else" ---

function pickOther(input) {
  const other = () => input.form.querySelector(`input[name="${input.dataset.picks}"][value="other"]`);
  input.addEventListener("input", () => { if (input.value) other().checked = true; });
}

// --- saying who is who: a choice closes its face and opens the next that has no name yet ---

function nameFaces(form) {
  const faces = [...form.querySelectorAll("details.face")];
  let tapped = false; // with the arrow keys every step on the way would be a choice
  form.addEventListener("pointerdown", () => { tapped = true; });
  form.addEventListener("keydown", () => { tapped = false; });
  form.addEventListener("change", (event) => {
    const face = event.target.closest("details.face");
    if (!face || event.target.type !== "radio" || event.target.value === "other") return;
    face.querySelector("summary [data-says]").textContent = event.target.dataset.says;
    if (!tapped) return;
    const next = faces.slice(faces.indexOf(face) + 1).find((one) => !one.querySelector("input:checked"));
    face.open = false;
    if (next) next.open = true;
    (next || face).scrollIntoView({ block: "nearest" });
  });
}

// --- work that takes a while is asked for once ---

function askOnce(form) {
  const button = form.querySelector("button");
  const label = button.textContent;
  form.addEventListener("submit", () => { button.disabled = true; button.textContent = form.dataset.once; });
  window.addEventListener("pageshow", () => { button.disabled = false; button.textContent = label; });
}

// --- the review by keyboard: one key per marked element, and none while a field has the focus ---

const FIELDS = "input, textarea, select";
const KEYS_OFF = "gatekeeper-keys-off";

function press(target) {
  if (target.id === "who") {
    const first = target.closest("section").querySelector(".ask-who input:not([type=hidden])") || target;
    const fold = first.closest("details");
    if (fold) fold.open = true;
    first.focus();
    first.scrollIntoView({ block: "center" });
  } else if (target.matches("textarea, button.primary")) {
    target.focus(); // what decides is never done by one key
  } else {
    target.click();
  }
}

function useKeys(box) {
  const on = box.querySelector("#keys-on");
  // A phone has no keys to press, and the list would stand in the way of the photo.
  box.hidden = !window.matchMedia("(any-hover: hover)").matches;
  on.checked = !window.localStorage.getItem(KEYS_OFF);
  on.addEventListener("change", () => {
    if (on.checked) window.localStorage.removeItem(KEYS_OFF);
    else window.localStorage.setItem(KEYS_OFF, "yes");
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target.matches(FIELDS);
    if (field && event.key === "Escape") event.target.blur();
    if (event.target.id === "reason" && event.key === "Enter" && event.ctrlKey) event.target.form.requestSubmit();
    if (field || !on.checked || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target || target.disabled) return;
    event.preventDefault();
    press(target);
  });
}

function offerZoom(button) {
  button.hidden = !document.querySelector(".picture");
  button.addEventListener("click", () => {
    const zoomed = document.documentElement.classList.toggle("zoomed");
    button.setAttribute("aria-pressed", String(zoomed));
    for (const picture of document.querySelectorAll(".picture")) picture.tabIndex = zoomed ? 0 : -1;
    if (zoomed) document.querySelector(".picture").focus();
  });
}

function hearOfOthers(line) {
  const look = async () => {
    try {
      const answer = document.hidden ? null : await fetch(line.dataset.looking, { headers: { Accept: "application/json" } });
      if (answer && answer.ok && !answer.redirected) {
        const { others } = await answer.json();
        line.querySelector("[data-others]").textContent = others;
        line.hidden = !others;
      }
    } catch { /* a hint only */ }
    window.setTimeout(look, 20000);
  };
  window.setTimeout(look, 20000);
}

// --- a letter ---

function offerPrint(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// --- photos that are shared from the phone (share-worker.js), and what the next person must not find ---

function receiveShares() {
  navigator.serviceWorker.register("/share-worker.js", { scope: "/share" }).catch(() => {});
}

function forget() {
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
  if ("caches" in window) caches.delete("shared-photos");
}

if ("serviceWorker" in navigator && document.querySelector('.tabs a[href="/submit"]')) receiveShares();
for (const form of document.querySelectorAll('form[action="/sign-out"]')) form.addEventListener("submit", forget);
for (const box of document.querySelectorAll("#keys")) useKeys(box);
for (const button of document.querySelectorAll("[data-zoom]")) offerZoom(button);
for (const line of document.querySelectorAll("[data-looking]")) hearOfOthers(line);
for (const form of document.querySelectorAll("[data-once]")) askOnce(form);
for (const form of document.querySelectorAll("[data-faces]")) nameFaces(form);
for (const button of document.querySelectorAll("[data-print]")) offerPrint(button);
for (const list of document.querySelectorAll("[data-progress]")) follow(list);
if (document.querySelector("[data-refresh]")) loadAgain();
for (const input of document.querySelectorAll("[data-picks]")) pickOther(input);
