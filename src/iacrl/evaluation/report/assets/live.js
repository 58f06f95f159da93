
// The page of a run that goes on: it asks for the newest version and replaces what has changed.

const EVERY_MS = 2000;
const PARTS = ["headlines", "notes", "results", "learning", "training", "slices", "diagnostics", "made"];

let version = document.body.dataset.version;

async function follow() {
  try {
    const newest = await (await fetch("version", { cache: "no-store" })).text();
    if (newest !== version) await update(await (await fetch("./", { cache: "no-store" })).text());
    byId("live").textContent = `Live, as of ${new Date().toLocaleTimeString()}`;
  } catch {
    byId("live").textContent = "The server has ended. This is the last state.";
  }
  setTimeout(follow, EVERY_MS);
}

async function update(html) {
  const found = new DOMParser().parseFromString(html, "text/html"); // its scripts do not run
  version = found.body.dataset.version;
  const now = found.getElementById("packed");
  if ((now === null) !== (byId("packed") === null) || (found.getElementById("made") === null) !== (byId("made") === null)) {
    location.reload(); // the first samples, or a run that was replaced: the page has other parts
    return;
  }
  for (const part of PARTS) {
    const fresh = found.getElementById(part);
    if (fresh !== null && byId(part).innerHTML !== fresh.innerHTML) replace(byId(part), document.adoptNode(fresh));
  }
  if (now !== null && now.textContent !== byId("packed").textContent) await updateSamples(now.textContent);
}

// What the reader has opened stays open.
function replace(old, fresh) {
  const open = new Set([...old.querySelectorAll("details[open] > summary")].map((one) => one.textContent));
  for (const summary of fresh.querySelectorAll("details > summary")) {
    if (open.has(summary.textContent)) summary.parentElement.open = true;
  }
  old.replaceWith(fresh);
}

// The filters and the selected sample stay as they are.
async function updateSamples(packed) {
  const link = data?.samples[shown[at]]?.link;
  byId("packed").textContent = packed;
  if (!await readSamples(packed)) return;
  filter();
  const place = shown.indexOf(byLink.get(link));
  if (place >= 0) select(place);
}

follow();
