
const packed = byId("packed");
makeThemeButton(byId("theme"));
if (packed !== null) openSamples(packed.textContent);
