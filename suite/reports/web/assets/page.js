// What moves on the page: filters kept in its address, figures drawn by Plotly, and the table of runs.
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

// The view: what the address says after #, as name=value pairs. An address without = is a place on the page.
const view = new Map();

function readAddress() {
  const said = decodeURIComponent(location.hash.slice(1));
  if (said && !said.includes("=")) return false;
  view.clear();
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) view.set(name, value);
  return true;
}

function choose(name, value) {
  if (value === "" || value === undefined) view.delete(name);
  else view.set(name, value);
  if (name !== "page") view.delete("page");
  const said = new URLSearchParams([...view].sort()).toString();
  history.pushState(null, "", said ? `#${said}` : location.pathname + location.search);
  show();
}

function tell(text) {
  byId("told").textContent = text;
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

// Figures. Each is a function of a study and what is chosen for it, and gives traces and a layout.
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const armColour = (index) => colour(`arm-${index % 6}`);
const dimmed = (arm) => (view.get("arm") && view.get("arm") !== arm ? 0.2 : 1);
const spread = (seed) => (((seed * 0.6180339887) % 1) - 0.5) * 0.24; // the golden ratio: neighbours lie apart, always alike
const around = (interval, mean, scale) => interval && { type: "data", symmetric: false, array: [scale * (interval[1] - mean)], arrayminus: [scale * (mean - interval[0])], thickness: 2.5, width: 7 };

function metricOf(study) {
  return study.metrics.find((one) => one.name === view.get(`${study.id}.metric`)) || study.metrics[0];
}

function pairOf(study) {
  const pairs = metricOf(study).pairs;
  return pairs[Number(view.get(`${study.id}.pair`) || 0)] || pairs[0];
}

function drawSeeds(study) {
  const metric = metricOf(study), values = valuesOf(study, metric.name), traces = [];
  const lines = { x: [], y: [] };
  const seeds = new Set(values.flatMap((one) => [...one.keys()]));
  for (const seed of seeds) {
    values.forEach((one, index) => {
      if (!one.has(seed)) return;
      lines.x.push(index + spread(seed));
      lines.y.push(metric.scale * one.get(seed)[0]);
    });
    lines.x.push(null);
    lines.y.push(null);
  }
  traces.push({ ...lines, mode: "lines", line: { color: colour("band"), width: 0.8 }, hoverinfo: "skip", opacity: seeds.size > 200 ? 0.25 : 0.8 });
  study.arms.forEach((arm, index) => {
    const found = [...values[index]];
    traces.push({
      x: found.map(([seed]) => index + spread(seed)), y: found.map(([, [value]]) => metric.scale * value), mode: "markers", name: arm,
      customdata: found.map(([seed, [, row]]) => [seed, runs.key[row].slice(0, 12)]), opacity: dimmed(arm) * (found.length > 200 ? 0.5 : 0.85),
      marker: { color: armColour(index), symbol: SYMBOLS[index % 6], size: found.length > 200 ? 4 : 7 },
      hovertemplate: `${arm}, seed %{customdata[0]}: %{y:.4~f}<br>run %{customdata[1]}<extra></extra>`,
    });
    const mean = metric.means[arm];
    if (mean) traces.push({
      x: [index + 0.27], y: [metric.scale * mean.mean], mode: "markers", name: `${arm}, mean`, error_y: around(mean.interval, mean.mean, metric.scale),
      marker: { color: colour("text"), symbol: "diamond", size: 10 }, hovertemplate: `${arm}, mean of ${mean.n} seeds: %{y:.4~f}<extra></extra>`,
    });
    if (arm in metric.reported) traces.push({
      x: [index - 0.27], y: [metric.scale * metric.reported[arm]], mode: "markers", name: `${arm}, reported`,
      marker: { color: armColour(index), symbol: "star", size: 13, line: { color: colour("text"), width: 1 } }, hovertemplate: `${arm}, reported: %{y:.4~f}<extra></extra>`,
    });
  });
  return [traces, {
    xaxis: { tickvals: study.arms.map((_, index) => index), ticktext: study.arms, range: [-0.5, study.arms.length - 0.5], zeroline: false, showgrid: false },
    yaxis: { title: { text: metric.label } }, hovermode: "closest",
  }];
}

function drawGaps(study) {
  const metric = metricOf(study), pair = pairOf(study);
  if (!pair) return [[], { annotations: [{ text: "Nothing to compare", showarrow: false }] }];
  const values = valuesOf(study, metric.name);
  const a = values[study.arms.indexOf(pair.a)], b = values[study.arms.indexOf(pair.b)];
  const gaps = [...a].filter(([seed]) => b.has(seed)).map(([seed, [value]]) => [metric.scale * (value - b.get(seed)[0]), seed]).sort((x, y) => x[0] - y[0] || x[1] - y[1]);
  const [low, high] = gaps.length ? [gaps[0][0], gaps[gaps.length - 1][0]] : [0, 0];
  const margin = metric.margin && metric.scale * metric.margin, claimed = pair.claimed === null ? null : metric.scale * pair.claimed;
  const reach = [0, low, high, ...(margin ? [-margin, margin] : []), ...(claimed === null ? [] : [claimed])];
  const across = Math.max(...reach) - Math.min(...reach);
  const width = Math.max((high - low) / Math.ceil(Math.sqrt(gaps.length) * 1.8), across / 50) || metric.scale * 0.001;
  const count = Math.max(1, Math.ceil((high - low) / width));
  const bins = Array.from({ length: count }, () => []);
  for (const [gap, seed] of gaps) bins[Math.min(count - 1, Math.floor((gap - low) / width))].push(seed);
  const tallest = Math.max(1, ...bins.map((seeds) => seeds.length));
  const better = study.arms.indexOf((pair.mean > 0) === (metric.direction === "higher") ? pair.a : pair.b);
  const named = (seeds) => (seeds.length > 12 ? `${seeds.slice(0, 12).join(", ")}, ...` : seeds.join(", "));
  const traces = [{
    type: "bar", x: bins.map((_, index) => low + (index + 0.5) * width), y: bins.map((seeds) => seeds.length), width, customdata: bins.map((seeds, index) => [low + index * width, low + (index + 1) * width, named(seeds)]),
    marker: { color: armColour(better), opacity: 0.75, line: { color: colour("ground"), width: 1 } },
    hovertemplate: "%{y} seeds between %{customdata[0]:+.2f} and %{customdata[1]:+.2f}<br>seeds %{customdata[2]}<extra></extra>",
  }, {
    x: [metric.scale * pair.mean], y: [tallest * 1.1], mode: "markers", error_x: around(pair.interval, pair.mean, metric.scale),
    marker: { color: colour("text"), symbol: "diamond", size: 11 }, hovertemplate: "mean difference %{x:+.3~f}<extra></extra>",
  }];
  const upright = (x, dash) => ({ type: "line", x0: x, x1: x, y0: 0, y1: 1, yref: "paper", line: { color: colour("text"), width: dash ? 2 : 1.5, dash: dash || "solid" } });
  const shapes = [upright(0)], annotations = [];
  if (margin) shapes.push({ type: "rect", x0: -margin, x1: margin, y0: 0, y1: 1, yref: "paper", fillcolor: colour("band"), opacity: 0.3, line: { width: 0 }, layer: "below" });
  if (claimed !== null) {
    shapes.push(upright(claimed, "dash"));
    annotations.push({ x: claimed, y: 1, yref: "paper", yanchor: "bottom", xanchor: claimed > (Math.max(...reach) + Math.min(...reach)) / 2 ? "right" : "left", text: `reported ${claimed > 0 ? "+" : ""}${claimed.toFixed(2)}`, showarrow: false });
  }
  const unit = metric.scale === 100 ? "points" : metric.label;
  const ends = metric.direction === "higher" ? [pair.b, pair.a] : [pair.a, pair.b];
  const room = 0.06 * across || width;
  return [traces, {
    shapes, annotations, bargap: 0, hovermode: "closest",
    xaxis: { title: { text: `${pair.a} - ${pair.b}, ${unit}<br>\u2190 ${ends[0]} better \u00b7 ${ends[1]} better \u2192` }, zeroline: false, range: [Math.min(...reach) - room, Math.max(...reach) + room] },
    yaxis: { title: { text: "seeds" }, rangemode: "tozero" },
  }];
}

function drawCurves(study) {
  const wanted = view.get(`${study.id}.curve`) || metricOf(study).name;
  const name = wanted in study.curves ? wanted : metricOf(study).name, curves = study.curves[name];
  const metric = study.metrics.find((one) => one.name === name);
  const scale = metric ? metric.scale : 1, traces = [];
  study.arms.forEach((arm, index) => {
    const curve = curves[arm];
    if (!curve) return;
    const y = (part) => curve[part].map((value) => scale * value);
    const shared = { x: curve.epochs, legendgroup: arm, line: { color: armColour(index), width: 0 }, mode: "lines", hoverinfo: "skip", showlegend: false };
    traces.push({ ...shared, y: y("low") }, { ...shared, y: y("high"), fill: "tonexty", fillcolor: armColour(index) + (dimmed(arm) < 1 ? "0d" : "30") });
    traces.push({
      x: curve.epochs, y: y("mean"), name: `${arm} (n = ${curve.n})`, legendgroup: arm, mode: curve.epochs.length > 1 ? "lines" : "markers", opacity: dimmed(arm),
      line: { color: armColour(index), width: 2.2, dash: DASHES[index % 6] }, customdata: curve.low.map((low, at) => [scale * low, scale * curve.high[at]]),
      hovertemplate: `${arm}, epoch %{x}: %{y:.4~f} (%{customdata[0]:.4~f} to %{customdata[1]:.4~f})<extra></extra>`,
    });
  });
  const lows = Object.values(curves).map((curve) => curve.low[Math.min(2, curve.low.length - 1)]); // the first epochs would flatten all that matters
  const tops = Object.values(curves).map((curve) => Math.max(...curve.high));
  const [low, high] = [scale * Math.min(...lows), scale * Math.max(...tops)];
  const room = 0.06 * (high - low) || scale * 0.01;
  const range = metric && metric.direction === "higher" && lows.length ? { range: [low - room, high + room] } : { type: "log", exponentformat: "power" };
  return [traces, { xaxis: { title: { text: "epoch" }, zeroline: false }, yaxis: { title: { text: metric ? metric.label : "training loss" }, ...range }, hovermode: "closest", ...LEGEND }];
}

const costsOf = (study) => Object.keys(COSTS).filter((cost) => study.arms.some((arm) => study.costs[arm][cost] !== null));

function drawCosts(study) {
  const metric = metricOf(study), known = costsOf(study), wanted = view.get(`${study.id}.cost`), cost = known.includes(wanted) ? wanted : known[0], traces = [];
  if (!cost) return [[], { annotations: [{ text: "No cost is known", showarrow: false }] }];
  study.arms.forEach((arm, index) => {
    const x = study.costs[arm][cost], mean = metric.means[arm];
    if (x === null || !mean) return;
    traces.push({
      x: [x], y: [metric.scale * mean.mean], mode: "markers", name: arm, error_y: around(mean.interval, mean.mean, metric.scale), opacity: dimmed(arm), cliponaxis: false,
      marker: { color: armColour(index), symbol: SYMBOLS[index % 6], size: 12 }, hovertemplate: `${arm}: %{y:.4~f} at %{x:.4~g}<extra></extra>`,
    });
  });
  const ends = traces.map((trace) => trace.x[0]), far = Math.max(...ends) / Math.min(...ends) > 20;
  const room = (Math.max(...ends) - Math.min(...ends)) * 0.25 || Math.max(...ends) * 0.1 || 1;
  const axis = far ? { type: "log", range: [Math.log10(Math.min(...ends)) - 0.4, Math.log10(Math.max(...ends)) + 0.4] } : { range: [Math.min(...ends) - room, Math.max(...ends) + room] };
  return [traces, { xaxis: { title: { text: COSTS[cost] }, zeroline: false, nticks: 6, ...(ends.length ? axis : {}) }, yaxis: { title: { text: metric.label } }, hovermode: "closest", ...LEGEND }];
}

const DRAW = { seeds: drawSeeds, gaps: drawGaps, curves: drawCurves, costs: drawCosts };
const drawn = new Set(); // figures that have come into sight once

function draw(figure) {
  const study = studyOf(figure.dataset.study);
  const [traces, layout] = DRAW[figure.dataset.kind](study);
  const axis = { gridcolor: colour("line"), linecolor: colour("muted"), automargin: true };
  const plot = figure.querySelector(".plot");
  plot.setAttribute("aria-label", describe(figure, study));
  Plotly.react(plot, traces, {
    showlegend: false, margin: { l: 55, r: 15, t: 22, b: 45 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: colour("text"), family: "inherit", size: 13 },
    autosize: !paper.matches, ...(paper.matches && { width: 640, height: 330 }), // a sheet of A4
    hoverlabel: { bgcolor: colour("raised"), bordercolor: colour("muted"), font: { color: colour("text") } }, ...layout, xaxis: { ...axis, ...layout.xaxis }, yaxis: { ...axis, ...layout.yaxis },
  }, { displayModeBar: false, responsive: true, doubleClick: "reset" });
}

// What a figure shows, for those who cannot see it.
function describe(figure, study) {
  const heading = figure.querySelector("h3").textContent, metric = metricOf(study);
  const ends = study.arms.filter((arm) => metric.means[arm]).map((arm) => `${arm} ${(metric.scale * metric.means[arm].mean).toFixed(2)}`);
  return `${heading}. Means of ${metric.label}: ${ends.join(", ") || "none yet"}. The tables below have the numbers.`;
}

function select(figure, study, name, text, options) {
  if (options.length < 2) return;
  const label = document.createElement("label"), box = document.createElement("select");
  for (const [value, shown] of options) box.add(new Option(shown, value));
  box.dataset.choice = `${study.id}.${name}`;
  box.addEventListener("change", () => choose(box.dataset.choice, box.value));
  label.append(`${text} `, box);
  figure.querySelector(".tools").append(label);
  figure.querySelector(".tools").hidden = false;
}

function fillPairs(study, box) {
  const pairs = metricOf(study).pairs.map((pair) => `${pair.a} - ${pair.b}`);
  box.replaceChildren(...pairs.map((text, place) => new Option(text, place)));
}

function addChoices(figure) {
  const study = studyOf(figure.dataset.study), metrics = study.metrics.map((one) => [one.name, one.label]);
  if (figure.dataset.kind === "seeds") select(figure, study, "metric", "Metric", metrics);
  if (figure.dataset.kind === "gaps") select(figure, study, "pair", "Pair", metricOf(study).pairs.map((pair, place) => [place, `${pair.a} - ${pair.b}`]));
  if (figure.dataset.kind === "curves") select(figure, study, "curve", "Curve", [...metrics, ["loss", "training loss"]].filter(([name]) => Object.keys(study.curves[name]).length));
  if (figure.dataset.kind === "costs") select(figure, study, "cost", "Against", costsOf(study).map((name) => [name, COSTS[name]]));
}

// The table of runs.
const COLUMNS = [["task", (row) => studies[runs.study[row]].task], ["arm", armOf], ["seed", (row) => runs.seed[row]], ["device", (row) => studies[runs.study[row]].device],
  ["status", (row) => runs.status[row]], ...runs.metric_names.map((name, place) => [name, (row) => runs.metrics[place][row]]),
  ...["parameters", "train_time_s", "train_flops", "seeds_together", "key", "environment", "reason"].map((name) => [name, (row) => runs[name][row]])];
const IN_TABLE = COLUMNS.filter(([name]) => !["parameters", "train_flops", "seeds_together", "environment", "reason", "key"].includes(name));
const again = (row) => `suite verify ${runs.key[row].slice(0, 12)} --from results`;

function sorted(rows) {
  const down = (view.get("sort") || "").startsWith("-"), name = (view.get("sort") || "").replace(/^-/, "");
  const column = COLUMNS.find(([one]) => one === name);
  if (!column) return rows;
  const [, of] = column, sign = down ? -1 : 1;
  return rows.sort((a, b) => { // what is missing comes last, whichever way
    const [x, y] = [of(a), of(b)];
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    return (x < y ? -sign : x > y ? sign : 0) || a - b;
  });
}

function printed(value) {
  if (value === null || value === undefined) return "-";
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(5))) : String(value);
}

function showRuns() {
  const rows = sorted(chosenRuns()), pages = Math.max(1, Math.ceil(rows.length / ROWS));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(view.get("page"))) || 1)), table = byId("run-table");
  const used = IN_TABLE.filter(([name, of]) => !runs.metric_names.includes(name) || rows.some((row) => of(row) !== null));
  const head = document.createElement("tr"), sort = view.get("sort") || "";
  for (const [name] of used) {
    const cell = document.createElement("th"), button = document.createElement("button");
    const is = sort.replace(/^-/, "") === name;
    cell.scope = "col";
    if (is) cell.setAttribute("aria-sort", sort.startsWith("-") ? "descending" : "ascending");
    button.type = "button";
    button.textContent = name.replaceAll("_", " ") + (is ? (sort.startsWith("-") ? " \u2193" : " \u2191") : "");
    button.addEventListener("click", () => { choose("sort", sort === name ? `-${name}` : name); table.querySelectorAll("th button")[used.findIndex(([one]) => one === name)]?.focus(); });
    cell.append(button);
    head.append(cell);
  }
  const last = document.createElement("th");
  last.scope = "col";
  last.textContent = "run it again";
  head.append(last);
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...rows.slice((page - 1) * ROWS, page * ROWS).map((row) => runRow(row, used)));
  byId("count").textContent = `${rows.length.toLocaleString("en")} of ${runs.study.length.toLocaleString("en")} runs`;
  byId("place").textContent = `page ${page} of ${pages}`;
  byId("previous").disabled = page <= 1;
  byId("next").disabled = page >= pages;
  byId("previous").onclick = () => choose("page", page - 1);
  byId("next").onclick = () => choose("page", page + 1);
}

function runRow(row, used) {
  const line = document.createElement("tr");
  for (const [name, of] of used) {
    const cell = line.insertCell();
    cell.textContent = name === "status" && runs.reason[row] ? `${of(row)}: ${runs.reason[row]}` : printed(of(row));
  }
  const cell = line.insertCell(), code = document.createElement("code"), button = document.createElement("button");
  code.textContent = again(row);
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy the command that runs ${armOf(row)}, seed ${runs.seed[row]}, again`);
  button.addEventListener("click", () => copy(again(row), again(row)));
  cell.append(code, " ", button);
  return line;
}

// The tables that came with the page: a heading sorts up, then down, then gives the order back that they came in.
const tables = [...document.querySelectorAll("table:not(#run-table)")].filter((table) => table.tBodies[0].rows.length > 1);
const sortOf = (table) => `${table.caption.textContent}: sort`;

function numberIn(text) {
  const found = /^[^a-z]*?([+-]?\d+(\.\d+)?(e[+-]?\d+)?)/i.exec(text.replaceAll(",", "").replaceAll("\u2212", "-"));
  return found && Number(found[1]);
}

function addSorting(table) {
  [...table.tBodies[0].rows].forEach((row, place) => { row.dataset.place = place; });
  [...table.tHead.rows[0].cells].forEach((cell, place) => {
    const button = document.createElement("button"), name = `${place + 1}`;
    button.type = "button";
    button.textContent = cell.textContent;
    button.addEventListener("click", () => {
      const is = view.get(sortOf(table));
      choose(sortOf(table), is === name ? `-${name}` : is === `-${name}` ? "" : name);
    });
    cell.replaceChildren(button);
  });
}

function sortTable(table) {
  const asked = view.get(sortOf(table)) || "", sign = asked.startsWith("-") ? -1 : 1, column = Math.abs(Number(asked)) - 1;
  const texts = (row) => row.cells[column]?.textContent.trim() || "-";
  [...table.tHead.rows[0].cells].forEach((cell, place) => {
    if (place === column) cell.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
    cell.firstChild.dataset.arrow = place === column ? (sign < 0 ? " \u2193" : " \u2191") : "";
  });
  const before = (a, b) => { // numbers by their size, other texts by the alphabet; what is missing comes last, whichever way
    const [x, y] = [texts(a), texts(b)], [m, n] = [numberIn(x), numberIn(y)];
    if (x === "-" || y === "-") return (x === "-") - (y === "-");
    return sign * (m !== null && n !== null && m !== n ? m - n : x.localeCompare(y, "en", { numeric: true }));
  };
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => (column >= 0 && before(a, b)) || a.dataset.place - b.dataset.place);
  table.tBodies[0].append(...rows);
}

function download() {
  const quote = (value) => (value === null || value === undefined ? "" : /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const lines = [COLUMNS.map(([name]) => name), ...sorted(chosenRuns()).map((row) => COLUMNS.map(([, of]) => of(row)))];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines.map((line) => line.map(quote).join(",")).join("\n") + "\n"], { type: "text/csv" }));
  link.download = "runs.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// All of it.
function show() {
  for (const name of FILTERS) byId(`filter-${name}`).value = view.get(name) || "";
  for (const box of document.querySelectorAll("select[data-choice]")) {
    const study = studyOf(box.closest("figure").dataset.study);
    if (box.dataset.choice.endsWith(".pair")) fillPairs(study, box);
    const asked = view.get(box.dataset.choice);
    const first = box.dataset.choice.endsWith(".curve") ? metricOf(study).name : box.options[0].value;
    box.value = [...box.options].some((option) => option.value === asked) ? asked : first;
  }
  for (const part of document.querySelectorAll("[data-section]")) part.hidden = !isShown(studyOf(part.dataset.section));
  const [task, arm] = [view.get("task"), view.get("arm")];
  for (const row of document.querySelectorAll("tr[data-arms]")) {
    const arms = row.dataset.arms.split(" ");
    row.hidden = Boolean((arm && row.dataset.arms && !arms.includes(arm)) || (task && row.dataset.task && row.dataset.task !== task));
  }
  tables.forEach(sortTable);
  showRuns();
  for (const figure of drawn) if (!figure.closest("[hidden]")) draw(figure);
}

function setTheme() {
  const wanted = view.get("colours"), dark = wanted ? wanted === "dark" : darkSystem.matches;
  document.documentElement.dataset.theme = dark && !paper.matches ? "dark" : "light";
  const named = wanted === "dark" || wanted === "light" ? wanted : "system";
  byId("theme").textContent = `Colours: ${named}`;
  byId("theme").setAttribute("aria-label", `Colours: ${named}. Change`);
}

function toPaper() {
  setTheme();
  for (const part of document.querySelectorAll("details")) {
    if (paper.matches) { part.dataset.was = part.open; part.open = true; } else if ("was" in part.dataset) { part.open = part.dataset.was === "true"; delete part.dataset.was; }
  }
  for (const figure of document.querySelectorAll("figure.chart")) {
    if (figure.closest("[hidden]")) continue;
    drawn.add(figure);
    draw(figure);
  }
}

function start() {
  readAddress();
  setTheme();
  for (const part of document.querySelectorAll("#filters, #runs .tools")) part.hidden = false;
  tables.forEach(addSorting);
  const figures = [...document.querySelectorAll("figure.chart")];
  figures.forEach(addChoices);
  for (const name of FILTERS) byId(`filter-${name}`).addEventListener("change", (event) => choose(name, event.target.value));
  byId("filters").addEventListener("reset", (event) => { event.preventDefault(); view.clear(); setTheme(); choose("page", ""); });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("copy-link").addEventListener("click", () => copy(location.href, "the link to this view"));
  byId("download").addEventListener("click", download);
  byId("theme").addEventListener("click", () => {
    const order = ["", "dark", "light"];
    choose("colours", order[(order.indexOf(view.get("colours") || "") + 1) % 3]);
    setTheme();
    show();
  });
  addEventListener("popstate", () => { if (readAddress()) { setTheme(); show(); } });
  darkSystem.addEventListener("change", () => { setTheme(); show(); });
  paper.addEventListener("change", toPaper);
  const inSight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || drawn.has(target)) continue;
      drawn.add(target);
      setTimeout(() => draw(target)); // one after another, and the page is there before them
    }
  }, { rootMargin: "600px" });
  figures.forEach((figure) => inSight.observe(figure));
  show();
}

start();
