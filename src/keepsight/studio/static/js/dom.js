// Elements from values, never from markup in strings: what a photo or a model is called cannot become a script.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, properties (`value`, `checked`, …), listeners (`onclick`) and children. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.entries(value).forEach(([key, each]) => element.style.setProperty(key, each));
    else if (["value", "checked", "selected", "disabled", "indeterminate"].includes(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  plus: "M8 3v10M3 8h10",
  close: "M4 4l8 8M12 4l-8 8",
  up: "M8 13V3M4 7l4-4 4 4",
  resize: "M6 13h7V6M13 13 4 4",
  sun: "M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  moon: "M13.5 9.5A6 6 0 0 1 6.500 2.500 6 6 0 1 0 13.500 9.500Z",
  out: "M6 3H3v10h3M10 5l3 3-3 3M13 8H6",
};

/** A line drawing of 16 units, for buttons that have a label besides. */
export function icon(name) {
  const line = { fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round", "stroke-linejoin": "round" };
  return s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", width: 16, height: 16 }, s("path", { d: PATHS[name], ...line }));
}

/** A labelled input or select. */
export function field(label, control) {
  return h("label", { class: "field" }, h("span", {}, label), control);
}

let groups = 0;

/** A row of choices of which one holds: `choices` are pairs of a value and its label. */
export function segments(legend, choices, chosen, onchange) {
  const name = `choice-${++groups}`;
  const options = choices.map(([value, label]) =>
    h("label", {}, h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onchange(value) }), h("span", {}, label)),
  );
  return h("fieldset", { class: "stack close" }, h("legend", { class: "legend" }, legend), h("div", { class: "segments" }, options));
}

/** Calls `act` once nothing happened for `milliseconds`. */
export function debounced(act, milliseconds) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), milliseconds);
  };
}
