// Writing a post: photos, words, and sending them. The forms work without it.
"use strict";

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

function forX(form) {
  return form.querySelector('[name="accounts"]:checked') !== null;
}

function countCaption(area) {
  const counter = document.getElementById("caption-count");
  const show = () => {
    const tight = forX(area.form);
    const used = tight ? weight(area.value.trim()) : Array.from(area.value.trim()).length;
    counter.hidden = false;
    counter.textContent = tight ? `${number(used)} of ${LIMIT} for Twitter/X` : `${number(used)} characters`;
    counter.classList.toggle("over", tight && used > LIMIT);
  };
  area.addEventListener("input", show);
  for (const box of document.getElementsByName("accounts")) box.addEventListener("change", show);
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

function put(part, file) {
  const one = new DataTransfer();
  one.items.add(file);
  part.input.files = one.files;
}

function spread(parts, files, first) {
  const free = parts.filter((part) => part === first || !part.input.files.length);
  files.slice(0, free.length).forEach((file, index) => put(free[index], file));
  const left = files.length - free.length;
  say("photos", left > 0 ? `A post takes ${parts.length} photos: ${left} of yours ${left > 1 ? "were" : "was"} left out.` : "");
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
    part.input.addEventListener("change", () => {
      const files = Array.from(part.input.files);
      if (files.length > 1) spread(parts, files, part); else say("photos", "");
      show();
    });
  }
  show();
  takeShared(parts).then(show);
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
  const chosen = form.querySelectorAll('[name="channels"]:checked, [name="accounts"]:checked');
  const length = Array.from(caption.trim()).length;
  const tooLong = forX(form) && weight(caption.trim()) > LIMIT;
  const later = form.querySelector('[name="when"][value="later"]').checked;
  const moment = form.elements.publish_date.value && form.elements.publish_time.value;
  return {
    caption: !caption.replace(INVISIBLE, "") ? "Write a caption: one sentence that names no child."
      : length > MAX_CAPTION ? `The caption has ${number(length)} characters. Keep it to one or two sentences.`
      : tooLong ? `Twitter/X takes ${LIMIT} characters. Shorten the caption.` : "",
    channels: chosen.length ? "" : "Choose where it should appear.",
    when: later && !moment ? "Give the day and the time before which it must not appear." : "",
  };
}

function say(name, text) {
  const place = document.getElementById(`problem-${name}`);
  place.hidden = !text;
  place.querySelector("span").textContent = text;
  return text ? place : null;
}

function sayWrong(form) {
  return Object.entries(wrongIn(form)).map(([name, text]) => say(name, text)).find(Boolean);
}

// --- sending: the page stays until all has arrived, so nothing is lost on the way ---

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

function trouble(form, text) {
  const banner = document.querySelector("[data-trouble]");
  banner.hidden = !text;
  banner.querySelector("span").textContent = text;
  if (!text) return;
  form.dataset.again = "yes";
  banner.scrollIntoView({ block: "center" });
}

const SIGNED_OUT = "You are signed out. Sign in again in another tab, then come back and press the button: your photos and your words are still here.";
const LOST = "The connection was lost. Your photos and your words are still here. Look at “My posts” in another tab: if the post is not there, press the button again.";

async function freshToken(form) {
  const answer = await fetch(window.location.pathname, { cache: "no-store" });
  const found = parsed(await answer.text()).querySelector("form[data-upload] [name=csrf]");
  if (found) form.elements.csrf.value = found.value;
  return found !== null;
}

function upload(form, bar) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (event) => {
      const part = event.lengthComputable ? Math.round((100 * event.loaded) / event.total) : 0;
      bar.querySelector("progress").value = part;
      bar.querySelector("span").textContent = part < 100 ? `Sending … ${part} %` : "Almost done …";
    });
    request.addEventListener("load", () => resolve(request));
    request.addEventListener("error", reject);
    request.addEventListener("timeout", reject);
    request.send(new FormData(form));
  });
}

function answered(form, request) {
  const path = new URL(request.responseURL).pathname;
  if (path === "/sign-in") { trouble(form, SIGNED_OUT); return; }
  if (request.status === 200 && path !== new URL(form.action).pathname) {
    forgetDraft(form);
    window.location.assign(request.responseURL);
    return;
  }
  const page = parsed(request.responseText);
  if (request.status !== 422) {
    const text = page.querySelector("main p:not(.banner)");
    trouble(form, text ? text.textContent : `The server answers with ${request.status}. Try again later.`);
    return;
  }
  const places = Array.from(page.querySelectorAll('[id^="problem-"]'));
  for (const place of places) say(place.id.slice("problem-".length), place.hidden ? "" : place.textContent.trim());
  trouble(form, "Not sent yet. Your photos and your words are still here: look at the marked fields.");
}

async function send(form, bar) {
  trouble(form, "");
  try {
    if (form.dataset.again && !(await freshToken(form))) { trouble(form, SIGNED_OUT); return; }
    answered(form, await upload(form, bar));
  } catch { trouble(form, LOST); }
}

function sendWithProgress(form) {
  const button = form.querySelector("[data-send]");
  const bar = form.querySelector("[data-sending]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = sayWrong(form) || form.querySelector("[data-too-large]:not([hidden])");
    if (wrong) { wrong.scrollIntoView({ block: "center" }); return; }
    button.disabled = true;
    bar.hidden = false;
    await send(form, bar);
    button.disabled = false;
    bar.hidden = true;
  });
}

// --- words are kept on this device until they are sent, for a day, or until signing out ---

const DAY = 24 * 60 * 60 * 1000; // milliseconds

function draftFields(form) {
  return Array.from(form.elements).filter(
    (field) => field.name && !["file", "hidden"].includes(field.type) && field.name !== "confirmed");
}

function ticked(field) {
  return field.type === "checkbox" || field.type === "radio";
}

function keyOf(field) {
  return ticked(field) ? `${field.name}=${field.value}` : field.name;
}

function saveDraft(form) {
  const fields = draftFields(form).map((field) => [keyOf(field), ticked(field) ? field.checked : field.value]);
  try {
    localStorage.setItem(form.dataset.draft, JSON.stringify({ at: Date.now(), fields: Object.fromEntries(fields) }));
  } catch { /* no room, or not allowed: then it is not kept */ }
}

function forgetDraft(form) {
  if (form.dataset.draft) localStorage.removeItem(form.dataset.draft);
}

function draftOf(form) {
  try {
    const draft = JSON.parse(localStorage.getItem(form.dataset.draft));
    return draft && Date.now() - draft.at < DAY ? draft.fields : null;
  } catch { return null; }
}

function keepDraft(form) {
  const draft = draftOf(form);
  const words = draft && draftFields(form).some((field) => !ticked(field) && draft[keyOf(field)]);
  if (words && !form.elements.caption.value) {
    for (const field of draftFields(form)) {
      const value = draft[keyOf(field)];
      if (value === undefined) continue;
      if (ticked(field)) field.checked = value; else field.value = value;
    }
    const banner = document.querySelector("[data-kept]");
    banner.hidden = false;
    banner.querySelector("button").addEventListener("click", () => {
      forgetDraft(form);
      form.reset();
      window.location.replace(window.location.pathname);
    });
  } else { forgetDraft(form); }
  form.addEventListener("input", () => saveDraft(form));
}

// --- photos that were shared from the phone's pictures wait on the phone (share-worker.js) ---

async function takeShared(parts) {
  if (!("caches" in window) || !(await caches.has("shared-photos"))) return;
  const box = await caches.open("shared-photos");
  const files = [];
  for (const key of await box.keys()) {
    const kept = await box.match(key);
    const fresh = Date.now() - Number(kept.headers.get("X-Shared-At")) < DAY;
    const type = kept.headers.get("Content-Type");
    if (fresh) files.push(new File([await kept.blob()], decodeURIComponent(kept.headers.get("X-Name")), { type }));
  }
  await caches.delete("shared-photos");
  if (files.length) spread(parts, files, null);
}

for (const form of document.querySelectorAll("form[data-draft]")) keepDraft(form);
for (const area of document.querySelectorAll("[data-count]")) countCaption(area);
for (const input of document.querySelectorAll("[data-shows]")) showWithChoice(input);
for (const box of document.querySelectorAll("[data-slots]")) choosePhotos(box);
for (const form of document.querySelectorAll("form[data-upload]")) {
  if (!form.querySelector("[data-slots]")) replacePhotos(form);
  sendWithProgress(form);
}
