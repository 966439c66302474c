// The view: what is chosen, kept in the page's address, and which studies and runs that leaves.
"use strict";

const { studies, runs } = JSON.parse(document.getElementById("data").textContent);
const ROWS = 25; // runs shown at a time
const FILTERS = ["task", "arm", "device"];
const SYMBOLS = ["circle", "square", "triangle-up", "cross", "x", "triangle-down"];
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
const COSTS = { gflop: "training GFLOP", parameters: "parameters", seconds: "training time of a seed, s" };
const LEGEND = { showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 } };
const paper = matchMedia("print");
const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const byId = (id) => document.getElementById(id);
const studyOf = (id) => studies.find((study) => study.id === id);

// The view: what the address says after #, as name=value pairs; `at` is a place on the page. An address without = is a place alone.
const view = new Map();

function readAddress() {
  const said = location.hash.slice(1);
  view.clear();
  if (said.includes("=")) for (const [name, value] of new URLSearchParams(said)) view.set(name, value);
}

function writeAddress() {
  const said = [...view.keys()].join() === "at" ? encodeURIComponent(view.get("at")) : new URLSearchParams([...view].sort()).toString();
  history.pushState(null, "", said ? `#${said}` : location.pathname + location.search);
}

function choose(name, value) {
  if (value === "" || value === undefined) view.delete(name);
  else view.set(name, value);
  if (name !== "page") view.delete("page");
  view.delete("at");
  if (["task", "device"].includes(name) && view.get("arm") && !armsLeft().includes(view.get("arm"))) view.delete("arm");
  writeAddress();
  show();
}

// Follows a link on the page; what the filters chose stays in the address.
function follow(event) {
  const link = event.target.closest('a[href^="#"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  view.set("at", decodeURIComponent(link.hash.slice(1)));
  writeAddress();
  goTo(view.get("at"));
}

function goTo(id) {
  const place = id && byId(id);
  if (!place) return;
  if (!place.matches("a, button, select")) place.tabIndex = -1; // so that the next Tab goes on from there
  place.focus({ preventScroll: true });
  place.scrollIntoView();
}

let silence = 0;

function tell(text) {
  byId("told").textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { byId("told").textContent = ""; }, 6000);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea"); // a page opened from a file may not use the clipboard
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  tell(`Copied ${what}.`);
}

// Which studies and runs the filters leave.
function isShown(study) {
  return (!view.get("task") || study.task === view.get("task")) && (!view.get("device") || study.device === view.get("device"))
    && (!view.get("arm") || study.arms.includes(view.get("arm")));
}

// The arms of the studies that the other filters leave.
function armsLeft() {
  const left = studies.filter((study) => (!view.get("task") || study.task === view.get("task")) && (!view.get("device") || study.device === view.get("device")));
  return [...new Set(left.flatMap((study) => study.arms))];
}

function fillArms() {
  const box = byId("filter-arm"), asked = view.get("arm"), arms = armsLeft();
  if (asked && !arms.includes(asked)) arms.push(asked); // a link may ask for what there is not
  box.replaceChildren(box.options[0], ...arms.map((arm) => new Option(arm)));
}

function chosenRuns() {
  const left = studies.map(isShown);
  const arm = view.get("arm");
  return runs.study.map((_, row) => row).filter((row) => left[runs.study[row]] && (!arm || armOf(row) === arm));
}

const armOf = (row) => studies[runs.study[row]].arms[runs.arm[row]];

function valuesOf(study, metric) {
  const place = studies.indexOf(study);
  const column = runs.metrics[runs.metric_names.indexOf(metric)] || [];
  const found = study.arms.map(() => new Map());
  runs.study.forEach((one, row) => {
    if (one === place && runs.status[row] === "ok" && column[row] !== null) found[runs.arm[row]].set(runs.seed[row], [column[row], row]);
  });
  return found;
}

