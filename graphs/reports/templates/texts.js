"use strict";
// Every line number and every operation carries the numbers of its pairs; two with a number in common are twins.
const marks = ["chosen", "twin", "together"];
const items = [...document.querySelectorAll("[data-card]")];
const card = document.getElementById("card");
const words = (item, key) => item.dataset[key].split(" ").filter(Boolean);
const share = (item, other, key) => words(item, key).some((word) => words(other, key).includes(word));

function clear() {
  items.forEach((item) => item.classList.remove(...marks));
  card.hidden = true;
}

function choose(item) {
  clear();
  item.classList.add("chosen");
  const chips = items.filter((other) => other !== item && other.classList.contains("chip"));
  const twins = chips.filter((other) => share(item, other, "pairs"));
  twins.forEach((other) => other.classList.add("twin"));
  for (const one of item.classList.contains("chip") ? [item, ...twins] : []) {
    chips.filter((other) => other !== one && other.dataset.side === one.dataset.side && share(one, other, "kernels"))
      .forEach((other) => other.classList.add("together"));
  }
  const across = twins.filter((other) => other.dataset.side !== item.dataset.side);
  for (const place of card.children) {
    const own = place.dataset.side === item.dataset.side;
    place.textContent = own ? item.dataset.card : across.map((other) => other.dataset.card).join("\n");
  }
  card.hidden = false;
}

for (const item of items) {
  for (const event of ["pointerenter", "focus", "click"]) item.addEventListener(event, () => choose(item));
}
document.addEventListener("keydown", (event) => { if (event.key === "Escape") clear(); });

const theme = document.getElementById("theme");
const dark = () => (document.documentElement.dataset.theme ||
  (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const name = () => { theme.textContent = dark() ? "Light" : "Dark"; };
theme.addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; name(); });
theme.hidden = false;
name();

// Paper has no fold to open.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  opened.forEach((fold) => { fold.open = true; });
});
addEventListener("afterprint", () => opened.forEach((fold) => { fold.open = false; }));
