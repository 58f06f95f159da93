
// A text as lines, with its syntax coloured, its places marked, and the lines that only one of two texts has.
//
// A block is { text, code, findings, clauses }. `code` is null, or the parts of the extracted text as
// [start, end, first line, coloured runs].

const blockOf = (sample) => ({
  text: sample.completion, code: sample.code, findings: sample.findings, clauses: sample.clauses ?? [],
});
const goldBlock = ([text, runs]) => ({ text, code: [[0, text.length, 1, runs]], findings: [], clauses: [] });

// Every line of a block: where it is, and its number if it is code.
function linesOf(block) {
  const found = [];
  const ends = [...block.findings, ...block.clauses].map((one) => one.at?.[1] ?? 0);
  const last = Math.max(0, ...ends);
  let start = 0;
  while (start < block.text.length || start === 0 || start === last) {
    const newline = block.text.indexOf("\n", start);
    const end = newline < 0 ? block.text.length : newline;
    const part = block.code?.find(([from, to]) => from <= start && start < to);
    const before = part && (block.text.slice(part[0], start).match(/\n/g)?.length ?? 0);
    found.push({ start, end, number: part && part[2] + before });
    start = end + 1;
  }
  return found;
}

// The longest common lines of two lists of texts, as pairs of indices. Null if the lists are too long to compare.
const MOST_CELLS = 1_000_000;

function commonLines(one, other) {
  let head = 0;
  while (head < one.length && head < other.length && one[head] === other[head]) head += 1;
  let tail = 0;
  const most = Math.min(one.length, other.length) - head;
  while (tail < most && one[one.length - 1 - tail] === other[other.length - 1 - tail]) tail += 1;
  const rows = one.length - head - tail;
  const columns = other.length - head - tail;
  if (rows * columns > MOST_CELLS) return null;
  const best = Array.from({ length: rows + 1 }, () => new Uint32Array(columns + 1));
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      best[i][j] = one[head + i] === other[head + j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    }
  }
  const pairs = Array.from({ length: head }, (_, index) => [index, index]);
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (one[head + i] === other[head + j]) pairs.push([head + i++, head + j++]);
    else if (best[i + 1][j] >= best[i][j + 1]) i += 1;
    else j += 1;
  }
  for (let index = tail; index > 0; index -= 1) pairs.push([one.length - index, other.length - index]);
  return pairs;
}

// For each of two blocks: which of its lines only it has, and how many empty lines come before a line so that common
// lines are next to each other.
function compareBlocks(one, other) {
  if (one.code === null || other.code === null) return null;
  const sides = [one, other].map((block) => {
    const lines = linesOf(block);
    const places = lines.flatMap((line, place) => (line.number === undefined ? [] : [place]));
    return { lines, places, texts: places.map((place) => block.text.slice(lines[place].start, lines[place].end).trimEnd()) };
  });
  const pairs = commonLines(sides[0].texts, sides[1].texts);
  if (pairs === null) return null;
  const found = sides.map((side) => ({ only: new Set(side.places), gaps: new Map() }));
  const reached = [0, 0]; // lines of each side that are already placed
  for (const pair of pairs) {
    const places = pair.map((index, side) => sides[side].places[index]);
    places.forEach((place, side) => found[side].only.delete(place));
    const late = places[0] - reached[0] - (places[1] - reached[1]);
    if (late !== 0) found[late > 0 ? 1 : 0].gaps.set(places[late > 0 ? 1 : 0], Math.abs(late));
    places.forEach((place, side) => { reached[side] = place; });
  }
  return found;
}

// `shape` is one side of `compareBlocks`, or undefined.
function makeLines(block, label, shape) {
  const places = [
    ...block.findings.map((found, number) => ({ key: `f${number}`, found, number, at: found.at })),
    ...block.clauses.map((clause, number) => ({ key: `c${number}`, at: clause.at })),
  ].filter((place) => place.at !== undefined);
  const colours = coloursOf(block);
  const box = element("pre", { class: "completion", tabindex: "0", role: "region", "aria-label": label });
  linesOf(block).forEach((line, place) => {
    for (let gap = shape?.gaps.get(place) ?? 0; gap > 0; gap -= 1) box.append(element("span", { class: "gap" }));
    const made = makeLine(block.text, line, places, colours);
    if (shape?.only.has(place)) made.classList.add("only");
    box.append(made);
  });
  return box;
}

// The coloured runs of a block as [from, to, kind].
function coloursOf(block) {
  const found = [];
  for (const [start, , , runs] of block.code ?? []) {
    let at = start;
    for (let place = 0; place < runs.length; place += 3) {
      at += runs[place];
      found.push([at, at + runs[place + 1], runs[place + 2]]);
      at += runs[place + 1];
    }
  }
  return found;
}

function makeLine(text, { start, end, number }, places, colours) {
  const line = element("span", { class: "line" });
  if (number !== undefined) {
    line.classList.add("in");
    line.dataset.line = number;
  }
  const here = places.filter(({ at: [from, to] }) => from <= end && to >= start);
  const painted = colours.filter(([from, to]) => from < end && to > start);
  const cuts = new Set([start, end]);
  for (const { at: [from, to] } of here) {
    for (const cut of [from, to]) if (cut > start && cut < end) cuts.add(cut);
  }
  const sorted = [...cuts].sort((one, other) => one - other);
  sorted.forEach((from, place) => {
    for (const one of here) {
      if (one.found && one.at[0] === from) line.append(makePin(one));
    }
    const to = sorted[place + 1];
    if (to === undefined) return;
    const covering = here.filter(({ at: [first, last] }) => first < to && last > from);
    line.append(makeSegment(paint(text, from, to, painted), covering));
  });
  return line;
}

// A piece of a text in the colours of its syntax.
function paint(text, from, to, painted) {
  const made = document.createDocumentFragment();
  let at = from;
  for (const [first, last, kind] of painted) {
    const begin = Math.max(first, at);
    const finish = Math.min(last, to);
    if (begin >= finish) continue;
    made.append(plain(text.slice(at, begin)), element("span", { class: `t${kind}` }, plain(text.slice(begin, finish))));
    at = finish;
  }
  made.append(plain(text.slice(at, to)));
  return made;
}

function makePin({ key, found, number }) {
  return element("span", { class: `pin ${found.severity}`, "data-keys": key, "data-number": number + 1 });
}

function makeSegment(content, covering) {
  if (!covering.length) return content;
  const keys = covering.map((place) => place.key).join(" ");
  const found = covering.filter((place) => place.found).map((place) => place.found);
  if (!found.length) return element("span", { class: "place", "data-keys": keys }, content);
  const severity = found.some((one) => one.severity === "error") ? "error" : "warning";
  const title = found.map((one) => plainText(`${one.code}: ${one.message}`)).join("\n");
  return element("mark", { class: severity, "data-keys": keys, title }, content);
}
