// Takes photos that are shared from the phone ("Share → Gatekeeper"). They wait on the phone until
// the form has them: nothing is sent, and nothing else is ever kept. Its scope is /share alone.
"use strict";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "POST" && new URL(url).pathname === "/share") event.respondWith(receive(event.request));
});

async function receive(request) {
  try {
    const sent = await request.formData();
    const photos = sent.getAll("photos").filter((one) => one instanceof File && one.size > 0);
    await caches.delete("shared-photos"); // what was shared before and never used
    const box = await caches.open("shared-photos");
    await Promise.all(photos.map((photo, place) => box.put(`/share/${place}`, keepable(photo))));
    return Response.redirect(photos.length ? "/submit" : "/submit?shared=missed", 303);
  } catch {
    return Response.redirect("/submit?shared=missed", 303);
  }
}

function keepable(photo) {
  const headers = {
    "Content-Type": photo.type || "application/octet-stream",
    "X-Name": encodeURIComponent(photo.name || "photo"),
    "X-Shared-At": String(Date.now()),
  };
  return new Response(photo, { headers });
}
