
// One sample, next to its gold answer or to another sample of its task

const GOLD = "gold";
let beside = GOLD; // what is next to it: GOLD, a key of `source`, or "" for nothing

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
  // Each sample has new buttons: whoever pressed one finds it focused again.
  back.addEventListener("click", () => { go(at - 1, "pushState"); refocus(0); });
  on.addEventListener("click", () => { go(at + 1, "pushState"); refocus(1); });
  const facts = [about.domain, about.family, about.difficulty && `difficulty ${about.difficulty}`].filter(Boolean);
  const others = data.samples.filter((other) => other.task === sample.task && other !== sample);
  const other = beside === "" ? undefined : others.find((one) => source(one) === beside);
  const gold = beside !== "" && other === undefined ? about.gold : null;
  detail.replaceChildren(
    element("div", { class: "steps" }, element("h3", {}, plain(about.id)), back, on),
    element("p", { class: "muted" }, plain(facts.join(" · ")), " · ", element("a", { href: sample.link }, "link to this sample")),
    element("h4", {}, "Prompt"),
    ...about.prompt.map((message) =>
      element("div", { class: "prompt" }, element("span", { class: "role" }, plain(message.role)), plain(message.content))),
    makeBeside(about, others, other, gold),
    makeSides(sample, other, gold),
  );
  detail.setAttribute("aria-label", `Sample ${at + 1}: ${about.id}, ${sourceName(sample)}`);
}

function refocus(which) {
  const buttons = byId("detail").querySelectorAll(".steps button");
  (buttons[which].disabled ? buttons[1 - which] : buttons[which]).focus();
}

function makeBeside(about, others, other, gold) {
  const names = new Map(others.map((one) => [source(one), sourceName(one)]));
  const select = element(
    "select", {},
    element("option", { value: "" }, "nothing"),
    ...(about.gold === null ? [] : [element("option", { value: GOLD }, "the gold answer")]),
    ...[...names].map(([key, name]) => element("option", { value: key }, plainText(name))),
  );
  select.value = other !== undefined ? source(other) : gold ? GOLD : "";
  select.addEventListener("change", () => {
    beside = select.value;
    showDetail();
    byId("detail").querySelector(".beside select").focus();
  });
  return element("label", { class: "beside" }, "Next to it, on the same task: ", select);
}

// The sample and what is next to it, with the lines marked that only one of them has.
function makeSides(sample, other, gold) {
  const next = other !== undefined ? blockOf(other) : gold ? goldBlock(gold) : null;
  const shapes = next && compareBlocks(blockOf(sample), next);
  const sides = element("div", { class: "sides" }, makeSide(sample, shapes?.[0]));
  if (next === null) return sides;
  sides.classList.add("two");
  sides.append(other !== undefined ? makeSide(other, shapes?.[1]) : makeGold(next, shapes?.[1]));
  const differ = shapes?.some((shape) => shape.only.size > 0);
  const words = shapes === null ? "" : differ ? "A line with + is only on its own side." : "The code is the same on both sides.";
  return element("div", {}, element("p", { class: "muted legend" }, words), sides);
}

function makeGold(block, shape) {
  const side = element("div", { class: "side" }, element("h5", {}, "gold answer"));
  side.append(element("p", { class: "verdict muted" }, "what the task's author wrote"), makeLines(block, "Gold answer", shape));
  return side;
}

function makeSide(sample, shape) {
  const [sign, words] = OUTCOMES[sample.outcome];
  const side = element("div", { class: "side" });
  const facts = [
    element("b", { class: sample.outcome }, `${sign} ${words}`),
    element("span", {}, sample.score === null ? "no score" : `score ${sample.score.toFixed(3)}`),
  ];
  if (sample.step !== undefined) facts.push(element("span", {}, `step ${sample.step}`));
  if (sample.number > 0) facts.push(element("span", {}, `completion ${sample.number + 1}`));
  if (sample.tokens !== null) facts.push(element("span", {}, `${sample.tokens} tokens`));
  if (sample.finish === "length") facts.push(element("span", { class: "invalid" }, "cut off by the limit"));
  side.append(
    element("h5", {}, plain(sourceName(sample))),
    element("p", { class: "verdict" }, ...facts),
    makeLines(blockOf(sample), `Completion of ${plainText(sourceName(sample))}`, shape),
  );
  if (sample.completion.length < sample.length - 1) {
    side.append(element("p", { class: "muted" }, `Shown are the first ${sample.completion.length} of ${sample.length} characters.`));
  }
  if (sample.error) {
    const judged = sample.fails !== "not judged";
    const failure = judged ? "It broke a reward, so its score is 0" : "Not judged";
    side.append(element("p", { class: "unjudged" }, plain(`${failure}: ${sample.error}`)));
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
