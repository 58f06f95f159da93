"use strict";
// The theme's button and the browser of samples. Text of models and data is only ever set as text, never as HTML.
(() => {
  const byId = (id) => document.getElementById(id);

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // Theme

  const THEMES = { system: "light dark", light: "light", dark: "dark" };
  const button = byId("theme");
  let theme = "system";
  button.hidden = false;
  button.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    theme = names[(names.indexOf(theme) + 1) % names.length];
    document.documentElement.style.colorScheme = THEMES[theme];
    button.textContent = `Theme: ${theme}`;
  });

  // Samples

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
  let beside = ""; // what stands beside it: a key of `source`
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
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(plain).json();
  }

  async function open(packed) {
    byId("browser").hidden = false;
    byId("count").textContent = "Reading the samples …";
    try {
      data = await unpack(packed.textContent);
    } catch (error) {
      byId("count").textContent = `The samples cannot be read: ${error}. A browser of 2023 or later is needed.`;
      return;
    }
    for (const sample of data.samples) {
      sample.values = Object.fromEntries(Object.entries(FIELDS).map(([name, [, of]]) => [name, of(sample)]));
    }
    if (data.samples.some((sample) => sample.from === "evaluation")) chosen.from = "evaluation";
    makeFilters();
    listen();
    filter();
  }

  // Filters

  function makeFilters() {
    const form = byId("filters");
    for (const [name, [title]] of Object.entries(FIELDS)) {
      if (name === "run" && data.runs.length < 2) continue;
      const select = element("select", { name });
      select.addEventListener("change", () => choose(name, select.value));
      form.append(element("label", {}, title, select));
    }
    const search = element("input", { type: "search", name: "search", autocomplete: "off" });
    search.addEventListener("input", () => {
      wanted = search.value.toLowerCase();
      filter();
    });
    const reset = element("button", { type: "reset" }, "Clear filters");
    form.append(element("label", {}, "Text in prompt or completion", search), reset);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      for (const name of Object.keys(chosen)) delete chosen[name];
      search.value = wanted = "";
      filter();
    });
  }

  function choose(name, value) {
    if (value) chosen[name] = value;
    else delete chosen[name];
    filter();
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
    at = Math.max(0, shown.findIndex((index) => data.samples[index] === before));
    select(at);
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
    row.addEventListener("click", () => select(number));
    return row;
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
    if (shown.length) list.setAttribute("aria-activedescendant", `row-${at}`);
    else list.removeAttribute("aria-activedescendant");
    showDetail();
  }

  // Keys

  function listen() {
    const list = byId("list");
    list.addEventListener("scroll", drawRows, { passive: true });
    window.addEventListener("resize", drawRows);
    list.addEventListener("keydown", (event) => {
      const page = Math.max(1, Math.floor(list.clientHeight / ROW_HEIGHT) - 1);
      const steps = {
        ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1, PageDown: at + page, PageUp: at - page,
      };
      if (event.key === "Enter") byId("detail").focus();
      else if (event.key in steps) select(steps[event.key]);
      else return;
      event.preventDefault();
    });
    // Only while the focus is in the browser: elsewhere a single letter belongs to the reader's own tools.
    byId("browser").addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, select")) return;
      if (event.key === "n") select(at + 1);
      else if (event.key === "p") select(at - 1);
      else if (event.key === "Escape") list.focus();
    });
    for (const code of document.querySelectorAll("button[data-code]")) {
      code.addEventListener("click", () => {
        choose("code", code.dataset.code);
        byId("samples").scrollIntoView();
        list.focus({ preventScroll: true });
      });
    }
  }

  // One sample

  function showDetail() {
    const detail = byId("detail");
    const sample = data.samples[shown[at]];
    if (sample === undefined) {
      detail.replaceChildren();
      return;
    }
    const about = task(sample);
    const back = element("button", { type: "button" }, "← Previous");
    const on = element("button", { type: "button" }, "Next →");
    back.disabled = at === 0;
    on.disabled = at === shown.length - 1;
    // The buttons are made anew for each sample: whoever pressed one finds it focused again.
    back.addEventListener("click", () => { select(at - 1); refocus(0); });
    on.addEventListener("click", () => { select(at + 1); refocus(1); });
    const facts = [about.domain, about.family, about.difficulty && `difficulty ${about.difficulty}`].filter(Boolean);
    const others = data.samples.filter((other) => other.task === sample.task && other !== sample);
    const sides = element("div", { class: "sides" }, makeSide(sample));
    const other = others.find((one) => source(one) === beside);
    if (other !== undefined) {
      sides.classList.add("two");
      sides.append(makeSide(other));
    }
    detail.replaceChildren(
      element("div", { class: "steps" }, element("h3", {}, plain(about.id)), back, on),
      element("p", { class: "muted" }, plain(facts.join(" · "))),
      element("h4", {}, "Prompt"),
      ...about.prompt.map((message) =>
        element("div", { class: "prompt" }, element("span", { class: "role" }, plain(message.role)), plain(message.content))),
      makeBeside(sample, others, other),
      sides,
    );
    detail.setAttribute("aria-label", `Sample ${at + 1}: ${about.id}, ${sourceName(sample)}`);
  }

  function refocus(which) {
    const buttons = byId("detail").querySelectorAll(".steps button");
    (buttons[which].disabled ? buttons[1 - which] : buttons[which]).focus();
  }

  function makeBeside(sample, others, other) {
    const names = new Map(others.map((one) => [source(one), sourceName(one)]));
    const select = element(
      "select", {},
      element("option", { value: "" }, names.size ? "nothing" : "nothing: this task has no other sample"),
      ...[...names].map(([key, name]) => element("option", { value: key }, plainText(name))),
    );
    select.value = other === undefined ? "" : source(other);
    select.addEventListener("change", () => {
      beside = select.value;
      showDetail();
      byId("detail").querySelector(".beside select").focus();
    });
    return element("label", { class: "beside" }, "Beside it, on the same task: ", select);
  }

  function makeSide(sample) {
    const [sign, words] = OUTCOMES[sample.outcome];
    const side = element("div", { class: "side" });
    const facts = [
      element("b", { class: sample.outcome }, `${sign} ${words}`),
      element("span", {}, `score ${sample.score.toFixed(3)}`),
    ];
    if (sample.step !== undefined) facts.push(element("span", {}, `step ${sample.step}`));
    if (sample.number > 0) facts.push(element("span", {}, `completion ${sample.number + 1}`));
    if (sample.tokens !== null) facts.push(element("span", {}, `${sample.tokens} tokens`));
    if (sample.finish === "length") facts.push(element("span", { class: "invalid" }, "cut off by the limit"));
    side.append(
      element("h5", {}, plain(sourceName(sample))),
      element("p", { class: "verdict" }, ...facts),
      makeCompletion(sample),
    );
    if (sample.completion.length < sample.length - 1) {
      side.append(element("p", { class: "muted" }, `Shown are the first ${sample.completion.length} of ${sample.length} characters.`));
    }
    if (sample.error) {
      const judged = sample.fails !== "not judged";
      const told = judged ? "It broke a reward, so its score is 0" : "Not judged";
      side.append(element("p", { class: "unjudged" }, plain(`${told}: ${sample.error}`)));
      if (!judged) return side;
    }
    if (sample.code === null) {
      side.append(element("p", { class: "muted" }, "The text was extracted by other rules than today's, so the places of the diagnostics are not marked."));
    }
    side.append(...makeFindings(sample, side), ...makeClauses(sample, side));
    if (sample.unchecked.length) {
      side.append(element("h4", {}, "Not checked"), element("ul", {}, ...sample.unchecked.map((one) => element("li", {}, plain(one)))));
    }
    const parts = Object.entries(sample.parts).map(([name, value]) =>
      element("span", {}, plain(`${name} ${value === null ? "abstained" : value.toFixed(2)}`)));
    if (parts.length) side.append(element("h4", {}, "Parts of the score"), element("p", { class: "parts" }, ...parts));
    return side;
  }

  function makeFindings(sample, side) {
    if (!sample.findings.length) return [];
    const items = sample.findings.map((found, number) => {
      const place = `line ${found.line}, column ${found.column}`;
      const words = element("span", {}, element("b", {}, plain(found.code)), " ", plain(found.message), " ",
        element("small", {}, `${found.severity}, ${found.layer}, ${place}`));
      return makeItem(side, `f${number}`, found.at, element("span", { class: `pin ${found.severity}`, "data-number": number + 1 }), words);
    });
    const more = sample.more ? [element("p", { class: "muted" }, `and ${sample.more} more`)] : [];
    return [element("h4", {}, "Diagnostics"), element("ul", { class: "findings" }, ...items), ...more];
  }

  function makeClauses(sample, side) {
    const title = element("h4", {}, "What was asked for");
    if (sample.clauses === null) {
      const why = {
        invalid: "Not looked at: the text is not valid.",
        unjudged: "Not looked at: not everything in the text could be judged.",
      }[sample.outcome] ?? "The task says nothing that could be checked.";
      return [title, element("p", { class: "muted" }, why)];
    }
    const items = sample.clauses.map((clause, number) => {
      const sign = element("span", { class: clause.met ? "passed" : "invalid" }, clause.met ? "✓" : "✗",
        element("span", { class: "unseen" }, clause.met ? "met" : "missed"));
      const words = element("span", {}, plain(clause.words));
      if (clause.reason) words.append(" ", element("small", {}, plain(clause.reason)));
      return makeItem(side, `c${number}`, clause.at, sign, words);
    });
    return [title, element("ul", { class: "clauses" }, ...items)];
  }

  // An item that knows its place is a button that shows it in the completion.
  function makeItem(side, key, place, ...content) {
    if (place === undefined) return element("li", {}, element("div", { class: "item" }, ...content));
    const item = element("button", { type: "button", class: "item", "aria-pressed": "false" }, ...content);
    item.addEventListener("click", () => {
      const on = item.getAttribute("aria-pressed") !== "true";
      for (const other of side.querySelectorAll(".item[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
      for (const part of side.querySelectorAll(".here")) part.classList.remove("here");
      item.setAttribute("aria-pressed", String(on));
      if (!on) return;
      const parts = [...side.querySelectorAll(".completion [data-keys]")].filter((part) => part.dataset.keys.split(" ").includes(key));
      for (const part of parts) part.classList.add("here");
      parts[0]?.scrollIntoView({ block: "nearest" });
    });
    return element("li", {}, item);
  }

  // A completion: lines, cut where a place begins or ends

  function makeCompletion(sample) {
    const text = sample.completion;
    const places = [
      ...sample.findings.map((found, number) => ({ key: `f${number}`, found, number, at: found.at })),
      ...(sample.clauses ?? []).map((clause, number) => ({ key: `c${number}`, at: clause.at })),
    ].filter((place) => place.at !== undefined);
    const box = element("pre", { class: "completion", tabindex: "0", role: "region", "aria-label": "Completion" });
    let start = 0;
    const last = Math.max(0, ...places.map((place) => place.at[1]));
    while (start < text.length || start === 0 || start === last) {
      const newline = text.indexOf("\n", start);
      const end = newline < 0 ? text.length : newline;
      box.append(makeLine(sample, text, start, end, places));
      start = end + 1;
    }
    return box;
  }

  function makeLine(sample, text, start, end, places) {
    const line = element("span", { class: "line" });
    const part = sample.code?.find(([from, to]) => from <= start && start < to);
    if (part !== undefined) {
      line.classList.add("in");
      line.dataset.line = part[2] + (text.slice(part[0], start).match(/\n/g)?.length ?? 0);
    }
    const here = places.filter(({ at: [from, to] }) => from <= end && to >= start);
    const cuts = new Set([start, end]);
    for (const { at: [from, to] } of here) {
      for (const cut of [from, to]) if (cut > start && cut < end) cuts.add(cut);
    }
    const sorted = [...cuts].sort((one, other) => one - other);
    sorted.forEach((from, number) => {
      for (const place of here) {
        if (place.found && place.at[0] === from) line.append(makePin(place));
      }
      const to = sorted[number + 1];
      if (to === undefined) return;
      const covering = here.filter(({ at: [first, last] }) => first < to && last > from);
      line.append(makeSegment(text.slice(from, to), covering));
    });
    return line;
  }

  function makePin({ key, found, number }) {
    return element("span", { class: `pin ${found.severity}`, "data-keys": key, "data-number": number + 1 });
  }

  function makeSegment(text, covering) {
    if (!covering.length) return plain(text);
    const keys = covering.map((place) => place.key).join(" ");
    const found = covering.filter((place) => place.found).map((place) => place.found);
    if (!found.length) return element("span", { class: "place", "data-keys": keys }, plain(text));
    const severity = found.some((one) => one.severity === "error") ? "error" : "warning";
    const title = found.map((one) => plainText(`${one.code}: ${one.message}`)).join("\n");
    return element("mark", { class: severity, "data-keys": keys, title }, plain(text));
  }

  // Control characters, and those that turn the direction of text, are shown by their number instead of doing anything.
  const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
  const numberOf = (character) => `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  const plainText = (text) => text.replace(CONTROL, numberOf);

  function plain(text) {
    const made = document.createDocumentFragment();
    let from = 0;
    for (const match of text.matchAll(CONTROL)) {
      made.append(text.slice(from, match.index), element("span", { class: "control" }, numberOf(match[0])));
      from = match.index + 1;
    }
    made.append(text.slice(from));
    return made;
  }

  const packed = byId("packed");
  if (packed !== null) open(packed);
})();
