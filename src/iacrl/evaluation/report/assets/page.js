// What every part of the page needs. Text of models and data is only ever set as text, never as HTML.

const byId = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
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

// Theme

const THEMES = { system: "light dark", light: "light", dark: "dark" };
let theme = "system";

function makeThemeButton(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    theme = names[(names.indexOf(theme) + 1) % names.length];
    document.documentElement.style.colorScheme = THEMES[theme];
    button.textContent = `Theme: ${theme}`;
  });
}
