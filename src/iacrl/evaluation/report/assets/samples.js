
// The browser of samples: filters, the list, the keys, and links to one sample

const ROW_HEIGHT = 54; // as in the style sheet
const OUTCOMES = {
  passed: ["✓", "passed"],
  incomplete: ["◐", "valid, incomplete"],
  empty: ["○", "valid, declares nothing"],
  invalid: ["✗", "invalid"],
  unjudged: ["?", "not judged"],
};
const FIELDS = {
  run: ["Run", (sample) => [data.runs[sample.run]]],
  from: ["Stage", (sample) => [sample.from]],
  policy: ["Policy", (sample) => [sample.policy]],
  decoding: ["Decoding", (sample) => [sample.decoding]],
  change: ["Gained or lost", () => []], // filled by `findChanges`
  outcome: ["Outcome", (sample) => [OUTCOMES[sample.outcome][1]]],
  fails: ["Fails at layer", (sample) => [sample.fails]],
  code: ["Diagnostic", (sample) => [...new Set(sample.findings.map((found) => found.code))]],
  domain: ["Domain", (sample) => [task(sample).domain]],
  family: ["Family", (sample) => [task(sample).family || "none"]],
  difficulty: ["Difficulty", (sample) => [String(task(sample).difficulty ?? "none")]],
};

let data;
let shown = []; // indices of the samples that pass the filters
let at = 0; // which of the shown ones is selected
let why = ""; // why the sample is shown first
const chosen = {}; // field -> value; a field that is not there lets everything pass
let wanted = ""; // text that is searched for

const task = (sample) => data.tasks[sample.task];
const source = (sample) => JSON.stringify([sample.run, sample.from, sample.policy, sample.decoding]);

function sourceName(sample) {
  const run = data.runs.length > 1 ? `${data.runs[sample.run]} · ` : "";
  const stage = { training: " in training", trivial: " (trivial)" }[sample.from] ?? "";
  const decoding = sample.decoding === "given" ? "" : `, ${sample.decoding}`; // of answers from elsewhere, none is known
  return `${run}${sample.policy}${decoding}${stage}`;
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(whole).json();
}

// Read the packed samples; false if this browser cannot.
async function readSamples(packed) {
  byId("browser").hidden = false;
  try {
    data = await unpack(packed);
  } catch (error) {
    byId("count").textContent = `The samples cannot be read: ${error}. A browser of 2023 or later is needed.`;
    return false;
  }
  for (const sample of data.samples) {
    sample.values = Object.fromEntries(Object.entries(FIELDS).map(([name, [, of]]) => [name, of(sample)]));
  }
  findChanges();
  nameLinks();
  return true;
}

async function openSamples(packed) {
  byId("count").textContent = "Reading the samples …";
  if (!await readSamples(packed)) return;
  if (data.samples.some((sample) => sample.from === "evaluation")) chosen.from = "evaluation";
  makeFilters();
  listen();
  filter();
  if (!followLink()) selectMostTelling();
}

// Which tasks were gained and lost

const changes = new Map(); // the name of a change -> the source of the policy before

// The samples of an evaluation, by source and task, with the share that passes.
function passRates() {
  const rates = new Map();
  for (const sample of data.samples) {
    if (sample.from !== "evaluation") continue;
    const key = source(sample);
    if (!rates.has(key)) rates.set(key, { first: sample, tasks: new Map() });
    const found = rates.get(key).tasks;
    if (!found.has(sample.task)) found.set(sample.task, []);
    found.get(sample.task).push(sample);
  }
  return [...rates.values()];
}

const rate = (samples) => samples.filter((one) => one.outcome === "passed").length / samples.length;

// Two policies of one run, or one policy in both runs, with the same decoding.
function areCompared(one, other) {
  if (one.decoding !== other.decoding) return false;
  return one.run === other.run ? one.policy !== other.policy : one.policy === other.policy;
}

function changeName(direction, one, other) {
  if (one.run !== other.run) return `${direction}: ${data.runs[one.run]} → ${data.runs[other.run]}, ${one.policy}, ${one.decoding}`;
  const run = data.runs.length > 1 ? `${data.runs[one.run]} · ` : "";
  return `${direction}: ${run}${one.policy} → ${other.policy}, ${one.decoding}`;
}

function findChanges() {
  changes.clear();
  const sources = passRates();
  sources.forEach((before, place) => {
    for (const after of sources.slice(place + 1)) {
      if (!areCompared(before.first, after.first)) continue;
      for (const [number, old] of before.tasks) {
        const now = after.tasks.get(number);
        if (now === undefined || rate(now) === rate(old)) continue;
        const name = changeName(rate(now) > rate(old) ? "gained" : "lost", before.first, after.first);
        changes.set(name, source(before.first));
        for (const sample of now) sample.values.change.push(name);
      }
    }
  });
}

// The task whose score changed most between the two policies of the headline: a gain, or a loss if there is none.
function selectMostTelling() {
  const { main } = data;
  const scores = (samples) => samples.reduce((sum, one) => sum + (one.score ?? 0), 0) / samples.length;
  const sources = passRates().filter(({ first }) => main && first.run === main.run && first.decoding === main.decoding);
  const [before, after] = [main?.before, main?.after].map((policy) => sources.find(({ first }) => first.policy === policy));
  if (before === undefined || after === undefined) return;
  for (const direction of ["gained", "lost"]) {
    const name = changeName(direction, before.first, after.first);
    const rise = ([number, now]) => Math.abs(scores(now) - scores(before.tasks.get(number)));
    const found = [...after.tasks].filter(([, now]) => now[0].values.change.includes(name));
    if (!found.length) continue;
    const [, [sample]] = found.reduce((best, one) => (rise(one) > rise(best) ? one : best));
    const words = { gained: "largest gain", lost: "largest loss" }[direction];
    why = `Shown first: the task with the ${words} of ${main.after} over ${main.before}.`;
    beside = source(before.first);
    select(shown.indexOf(data.samples.indexOf(sample)));
    why = "";
    return;
  }
}

// Links to a sample

const LINK = "#sample/";
const byLink = new Map(); // link -> index of a sample

function nameLinks() {
  byLink.clear();
  data.samples.forEach((sample, index) => {
    const run = data.runs.length > 1 ? [data.runs[sample.run]] : [];
    const step = sample.step === undefined ? [] : [`step ${sample.step}`];
    const parts = [...run, sample.from, sample.policy, sample.decoding, ...step, task(sample).id, sample.number];
    const base = LINK + parts.map((part) => encodeURIComponent(String(part).replace(/\p{Surrogate}/gu, "\ufffd"))).join("/");
    let link = base;
    for (let more = 2; byLink.has(link); more += 1) link = `${base}~${more}`;
    byLink.set(link, index);
    sample.link = link;
  });
}

// Show the sample that the address names; false if it names none.
function followLink() {
  if (!location.hash.startsWith(LINK)) return false;
  const index = byLink.get(location.hash);
  if (index === undefined) {
    byId("count").textContent = "The sample of this link is not in this report.";
    return true;
  }
  if (!shown.includes(index)) {
    clearFilters();
    filter();
  }
  select(shown.indexOf(index));
  byId("detail").scrollIntoView();
  return true;
}

// `how` is pushState or replaceState.
function writeLink(how) {
  const sample = data.samples[shown[at]];
  if (sample !== undefined && sample.link !== location.hash) history[how](null, "", sample.link);
}

// Filters

function makeFilters() {
  const form = byId("filters");
  for (const [name, [title]] of Object.entries(FIELDS)) {
    if (name === "run" && data.runs.length < 2) continue;
    const select = element("select", { name });
    select.addEventListener("change", () => choose(name, select.value));
    form.append(element("label", { hidden: "" }, title, select));
  }
  const search = element("input", { type: "search", name: "search", autocomplete: "off" });
  search.addEventListener("input", () => {
    wanted = search.value.toLowerCase();
    refilter();
  });
  const reset = element("button", { type: "reset" }, "Clear filters");
  form.append(element("label", { class: "search" }, "Text in prompt or completion", search), reset);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    clearFilters();
    refilter();
  });
}

function clearFilters() {
  for (const name of Object.keys(chosen)) delete chosen[name];
  byId("filters").elements.search.value = wanted = "";
}

function choose(name, value) {
  if (value) chosen[name] = value;
  else delete chosen[name];
  if (changes.has(value)) beside = changes.get(value);
  refilter();
}

function holdsText(sample) {
  const about = task(sample);
  about.text ??= [about.id, ...about.prompt.map((message) => message.content)].join("\n").toLowerCase();
  return about.text.includes(wanted) || sample.completion.toLowerCase().includes(wanted);
}

// A sample is shown when no filter refuses it. The options of a filter count what all the other filters let pass.
function filter() {
  const before = data.samples[shown[at]];
  const counts = Object.fromEntries(Object.keys(FIELDS).map((name) => [name, new Map()]));
  const filters = Object.entries(chosen);
  shown = [];
  data.samples.forEach((sample, index) => {
    if (wanted && !holdsText(sample)) return;
    const refused = filters.filter(([name, value]) => !sample.values[name].includes(value)).map(([name]) => name);
    if (refused.length === 0) shown.push(index);
    if (refused.length > 1) return;
    for (const name of refused.length ? refused : Object.keys(FIELDS)) {
      for (const value of sample.values[name]) counts[name].set(value, (counts[name].get(value) ?? 0) + 1);
    }
  });
  for (const select of byId("filters").querySelectorAll("select")) fillSelect(select, counts[select.name]);
  byId("filters").elements.search.classList.toggle("on", wanted !== "");
  byId("rows").style.height = `${shown.length * ROW_HEIGHT}px`;
  select(Math.max(0, shown.findIndex((index) => data.samples[index] === before)));
}

// Filter, and let a link in the address follow to the sample that is shown then.
function refilter() {
  filter();
  if (location.hash.startsWith(LINK)) writeLink("replaceState");
}

function fillSelect(select, counts) {
  const value = chosen[select.name] ?? "";
  const byCount = select.name === "code";
  const options = [...counts].sort((one, other) =>
    byCount ? other[1] - one[1] : one[0].localeCompare(other[0], "en", { numeric: true }));
  if (value && !counts.has(value)) options.push([value, 0]);
  select.replaceChildren(
    element("option", { value: "" }, "all"),
    ...options.map(([name, count]) => element("option", { value: name }, `${name} (${count})`)),
  );
  select.value = value;
  select.classList.toggle("on", value !== "");
  select.parentElement.hidden = select.name === "change" && changes.size === 0; // one policy changes nothing
}

// The list: only the rows in sight are in the page

function drawRows() {
  const list = byId("list");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - 5);
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW_HEIGHT) + 5);
  const rows = [];
  for (let number = first; number < last; number += 1) rows.push(makeRow(number));
  byId("rows").replaceChildren(...rows);
}

function makeRow(number) {
  const sample = data.samples[shown[number]];
  const [sign, words] = OUTCOMES[sample.outcome];
  const codes = sample.values.code.slice(0, 3).join(" ");
  const row = element(
    "div",
    {
      class: "row", role: "option", id: `row-${number}`, "aria-selected": String(number === at),
      "aria-setsize": shown.length, "aria-posinset": number + 1,
    },
    element("span", { class: `sign ${sample.outcome}`, "aria-hidden": "true" }, sign),
    element("span", { class: "name" }, plain(task(sample).id)),
    element("span", { class: "of" }, plain(`${sourceName(sample)} · ${codes || words}`)),
  );
  row.style.top = `${number * ROW_HEIGHT}px`;
  row.addEventListener("click", () => go(number, "pushState"));
  return row;
}

// Show one of the shown samples, and write its link to the address.
function go(number, how) {
  select(number);
  writeLink(how);
}

function select(number) {
  at = Math.min(Math.max(number, 0), Math.max(shown.length - 1, 0));
  const list = byId("list");
  const top = at * ROW_HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW_HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW_HEIGHT - list.clientHeight;
  drawRows();
  const few = shown.length === data.samples.length ? "" : ` (of ${data.samples.length})`;
  byId("count").textContent = shown.length
    ? `Sample ${at + 1} of ${shown.length}${few}`
    : `No sample passes these filters${few}.`;
  byId("why").textContent = plainText(why);
  if (shown.length) list.setAttribute("aria-activedescendant", `row-${at}`);
  else list.removeAttribute("aria-activedescendant");
  showDetail();
}

// Keys

function listen() {
  const list = byId("list");
  list.addEventListener("scroll", drawRows, { passive: true });
  window.addEventListener("resize", drawRows);
  window.addEventListener("hashchange", () => {
    if (!followLink() && location.hash === "") selectMostTelling(); // back to where the report began
  });
  list.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(list.clientHeight / ROW_HEIGHT) - 1);
    const steps = {
      ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1, PageDown: at + page, PageUp: at - page,
    };
    if (event.key === "Enter") byId("detail").focus();
    else if (event.key in steps) go(steps[event.key], "replaceState"); // a held key must not fill the history
    else return;
    event.preventDefault();
  });
  // Only while the focus is in the browser: elsewhere a single letter belongs to the reader's own tools.
  byId("browser").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select")) return;
    if (event.key === "n") go(at + 1, "pushState");
    else if (event.key === "p") go(at - 1, "pushState");
    else if (event.key === "Escape") list.focus();
  });
  document.addEventListener("click", (event) => {
    const code = event.target.closest("button[data-code]");
    if (code === null) return;
    choose("code", code.dataset.code);
    byId("samples").scrollIntoView();
    list.focus({ preventScroll: true });
  });
}
