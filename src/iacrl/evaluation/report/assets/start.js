
const packed = byId("packed");
if (packed !== null) openSamples(packed.textContent);
