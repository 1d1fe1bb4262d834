// What the page does better where scripts run: it saves the draft while one writes, and a file that was cut off goes on
// where it stopped. Without this script the form works the same, button by button.
"use strict";
(() => {
  const form = document.getElementById("form");
  const here = form.dataset.here;
  const token = form.elements.token.value;
  const state = document.getElementById("state");
  const progress = document.getElementById("progress");
  const files = document.getElementById("files");
  // A piece is what the line carries in a few seconds: on a poor one little is lost when it breaks, on a good one a file
  // takes few journeys.
  const smallest = 32 * 1024;
  const largest = 960 * 1024;
  let piece = 128 * 1024;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  async function ask(path, body, headers) {
    const patience = new AbortController();
    const over = setTimeout(() => patience.abort(), 60000); // a line that went dead says nothing
    try {
      const about = { method: "POST", body, headers: { "x-form-token": token, ...headers }, signal: patience.signal };
      const answer = await fetch(here + path, about);
      return { status: answer.status, said: await answer.json() };
    } finally {
      clearTimeout(over);
    }
  }

  // A lost connection is waited for, a second longer each time, up to fifteen; an answer of the server is an answer.
  async function askPatiently(path, body, headers, lost) {
    for (let times = 1; ; times += 1) {
      const began = performance.now();
      try {
        const answer = await ask(path, body(), headers);
        if (answer.status < 500) return answer;
      } catch {
        // no connection
      }
      lost(performance.now() - began);
      await wait(1000 * Math.min(times, 15));
    }
  }

  let timer = 0;
  let saving = null; // the promise of a draft being saved
  let changed = false;
  function save() {
    saving ??= saveAll().finally(() => { saving = null; });
    return saving;
  }
  async function saveAll() {
    while (changed) {
      changed = false;
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
      const lost = () => { state.textContent = "Mất kết nối; bản nháp được lưu ngay khi có mạng lại."; };
      const { status, said } = await askPatiently("/autosave", () => fields, {}, lost);
      state.textContent = said.said;
      if (status !== 200) { changed = false; break; }
      form.elements.version.value = said.version;
    }
  }
  // A button pressed while the draft is being saved waits for it, so that the form carries the draft's version.
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    changed = false;
    if (!saving) return;
    event.preventDefault();
    await saving;
    form.requestSubmit(event.submitter);
  });
  form.addEventListener("input", (event) => {
    if (event.target === files) return;
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  });

  async function upload(file) {
    const lost = (after) => {
      if (after > 10000) piece = Math.max(piece / 2, smallest); // too much for this line; without one none is too small
      progress.textContent = `Mất kết nối khi tải ${file.name}; tải tiếp khi có mạng lại.`;
    };
    const about = new URLSearchParams({ name: file.name, size: String(file.size) });
    let { status, said } = await askPatiently("/upload", () => about, {}, lost);
    const number = said.number;
    while (status === 200 && !said.done) {
      const at = said.received;
      progress.textContent = `Đang tải ${file.name}: ${Math.floor((100 * at) / file.size)}%`;
      const part = () => file.slice(at, at + piece);
      const kind = { "content-type": "application/octet-stream" };
      const began = performance.now();
      ({ status, said } = await askPatiently(`/upload/${number}?at=${at}`, part, kind, lost));
      const took = performance.now() - began;
      if (took < 3000) piece = Math.min(2 * piece, largest);
      else if (took > 10000) piece = Math.max(piece / 2, smallest);
    }
    return said.said;
  }
  files.addEventListener("change", async () => {
    const buttons = form.querySelectorAll("button");
    buttons.forEach((each) => { each.disabled = true; });
    const said = [];
    for (const file of files.files) said.push(await upload(file));
    files.value = "";
    changed = true;
    await save();
    progress.textContent = said.join(" ");
    const fresh = new DOMParser().parseFromString(await (await fetch(here)).text(), "text/html");
    document.getElementById("kept").replaceWith(fresh.getElementById("kept"));
    buttons.forEach((each) => { each.disabled = false; });
  });
})();
