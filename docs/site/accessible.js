/* Names for what Material leaves without one, and a place in the order of the Tab key for tables that scroll. */
function name() {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) wrap.tabIndex = 0;
  document.querySelectorAll(".md-code__nav").forEach((nav, number) => nav.setAttribute("aria-label", `Code ${number + 1}`));
}
name();
new MutationObserver(name).observe(document.querySelector("article"), { childList: true, subtree: true });
