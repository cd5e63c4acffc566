// What makes the pages nicer. Every page works without it.
"use strict";

document.documentElement.classList.add("js");

const MAX_PHOTO = 40_000_000; // bytes, as the server has it
const MAX_CAPTION = 10_000; // characters that are stored at all
const LIMIT = 280; // weighted characters of a post on X

// --- live count of the caption: links count 23, emoji 2, most letters 1 (X's own weights) ---

const LINK = /\bhttps?:\/\/[^\s]+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|uk|info|edu|gov|school)\b(?:\/[^\s]*)?/giu;
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;
const LIGHT = [[0, 4351], [8192, 8205], [8208, 8223], [8242, 8247]];

function graphemes(text) {
  if (!("Segmenter" in Intl)) return Array.from(text);
  return Array.from(new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text), (part) => part.segment);
}

function weight(text) {
  let total = 0;
  const rest = text.normalize("NFC").replace(LINK, () => { total += 23; return ""; });
  for (const sign of graphemes(rest)) {
    if (EMOJI.test(sign)) { total += 2; continue; }
    for (const char of sign) {
      const code = char.codePointAt(0);
      total += LIGHT.some(([from, to]) => code >= from && code <= to) ? 1 : 2;
    }
  }
  return total;
}

function number(value) {
  return value.toLocaleString("en-GB"); // 10,000, as the server writes it
}

function countCaption(area) {
  const counter = document.getElementById("caption-count");
  const twitter = document.querySelector('input[name="channels"][value="twitter"]');
  const show = () => {
    const used = weight(area.value.trim());
    const tight = Boolean(twitter && twitter.checked);
    counter.hidden = false;
    counter.textContent = tight ? `${number(used)} of ${LIMIT} for Twitter/X` : `${number(used)} characters`;
    counter.classList.toggle("over", tight && used > LIMIT);
  };
  area.addEventListener("input", show);
  if (twitter) twitter.addEventListener("change", show);
  show();
}

// --- fields that belong to a choice ---

function showWithChoice(input) {
  const part = document.getElementById(input.dataset.shows);
  const show = () => { part.hidden = !input.checked; };
  for (const other of document.getElementsByName(input.name)) other.addEventListener("change", show);
  show();
}

// --- photos: previews, several at once, too large ones, and only as many fields as needed ---

function slotParts(slot) {
  return {
    slot,
    input: slot.querySelector('input[type="file"]'),
    label: slot.querySelector("[data-file-label]"),
    large: slot.querySelector("[data-too-large]"),
    alt: slot.querySelector('input[name^="alt_"]'),
  };
}

function preview(part) {
  const file = part.input.files[0];
  const old = part.slot.querySelector("img.preview.new");
  if (old) { URL.revokeObjectURL(old.src); old.remove(); }
  part.large.hidden = !file || file.size <= MAX_PHOTO;
  if (!file) return;
  part.label.textContent = `${file.name} – choose another`;
  const image = document.createElement("img");
  image.className = "preview new";
  image.alt = "";
  image.addEventListener("error", () => image.remove()); // kinds that the browser cannot show
  image.src = URL.createObjectURL(file);
  part.slot.prepend(image);
}

function spread(parts, first) {
  const files = Array.from(first.input.files);
  if (files.length < 2) return;
  const free = parts.filter((part) => part === first || !part.input.files.length);
  files.slice(0, free.length).forEach((file, index) => {
    const one = new DataTransfer();
    one.items.add(file);
    free[index].input.files = one.files;
  });
}

function choosePhotos(box) {
  const parts = Array.from(box.querySelectorAll("[data-slot]"), slotParts);
  const show = () => {
    const used = parts.map((part) => part.input.files.length > 0 || part.alt.value !== "");
    const last = used.lastIndexOf(true);
    parts.forEach((part, index) => {
      part.slot.hidden = index > last + 1;
      if (!part.input.files.length) part.label.textContent = index ? "Add another photo" : "Choose photos";
      part.alt.labels[0].hidden = part.alt.hidden = !used[index];
      preview(part);
    });
  };
  for (const part of parts) {
    part.input.multiple = true;
    part.input.addEventListener("change", () => { spread(parts, part); show(); });
  }
  show();
}

function replacePhotos(form) {
  for (const part of Array.from(form.querySelectorAll("[data-slot]"), slotParts)) {
    part.input.addEventListener("change", () => preview(part));
  }
}

// --- what would be refused is said before the photos are sent, because they would be lost ---

const INVISIBLE = /[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu;

function wrongIn(form) {
  const caption = form.elements.caption.value;
  const chosen = Array.from(form.querySelectorAll('[name="channels"]:checked'), (box) => box.value);
  const length = Array.from(caption.trim()).length;
  const tooLong = chosen.includes("twitter") && weight(caption.trim()) > LIMIT;
  const later = form.querySelector('[name="when"][value="later"]').checked;
  const moment = form.elements.publish_date.value && form.elements.publish_time.value;
  return {
    caption: !caption.replace(INVISIBLE, "") ? "Write a caption: one sentence that names no child."
      : length > MAX_CAPTION ? `The caption has ${number(length)} characters. Keep it to one or two sentences.`
      : tooLong ? `Twitter/X takes ${LIMIT} characters. Shorten the caption.` : "",
    channels: chosen.length ? "" : "Choose where it should appear.",
    account: chosen.includes("twitter") && !form.elements.account_id.value ? "Choose the Twitter/X account to post from." : "",
    when: later && !moment ? "Give the day and the time before which it must not appear." : "",
  };
}

function sayWrong(form) {
  const wrong = Object.entries(wrongIn(form));
  for (const [name, text] of wrong) {
    const place = document.getElementById(`problem-${name}`);
    place.hidden = !text;
    place.querySelector("span").textContent = text;
  }
  const first = wrong.find(([, text]) => text);
  return first ? document.getElementById(`problem-${first[0]}`) : null;
}

function sendOnce(form) {
  const button = form.querySelector("[data-send]");
  const label = button.textContent;
  form.addEventListener("submit", (event) => {
    const wrong = sayWrong(form) || form.querySelector("[data-too-large]:not([hidden])");
    if (wrong) { event.preventDefault(); wrong.scrollIntoView({ block: "center" }); return; }
    button.disabled = true;
    button.textContent = "Sending …";
  });
  window.addEventListener("pageshow", () => { button.disabled = false; button.textContent = label; });
}

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
  box.hidden = false;
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

for (const box of document.querySelectorAll("#keys")) useKeys(box);
for (const button of document.querySelectorAll("[data-zoom]")) offerZoom(button);
for (const line of document.querySelectorAll("[data-looking]")) hearOfOthers(line);
for (const form of document.querySelectorAll("[data-once]")) askOnce(form);
for (const form of document.querySelectorAll("[data-faces]")) nameFaces(form);
for (const button of document.querySelectorAll("[data-print]")) offerPrint(button);
for (const area of document.querySelectorAll("[data-count]")) countCaption(area);
for (const input of document.querySelectorAll("[data-shows]")) showWithChoice(input);
for (const box of document.querySelectorAll("[data-slots]")) choosePhotos(box);
for (const form of document.querySelectorAll("form[data-upload]")) {
  if (!form.querySelector("[data-slots]")) replacePhotos(form);
  sendOnce(form);
}
for (const list of document.querySelectorAll("[data-progress]")) follow(list);
if (document.querySelector("[data-refresh]")) loadAgain();
for (const input of document.querySelectorAll("[data-picks]")) pickOther(input);
