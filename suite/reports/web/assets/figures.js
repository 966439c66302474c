// Figures, drawn by Plotly. Each is a function of a study and what is chosen for it, and gives traces and a layout.
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

const NO_AXES = { xaxis: { visible: false }, yaxis: { visible: false } };

// Ticks of a logarithmic axis: powers of ten, and where fewer than two are in reach, also twice and five times them.
function logTicks(low, high) {
  const from = Math.floor(Math.log10(low)), powers = Array.from({ length: Math.ceil(Math.log10(high)) - from + 1 }, (_, step) => from + step);
  const inside = (steps) => powers.flatMap((power) => steps.map((step) => Number(`${step}e${power}`))).filter((one) => one >= low && one <= high);
  const ticks = inside([1]).length > 1 ? inside([1]) : inside([1, 2, 5]);
  return { type: "log", range: [Math.log10(low), Math.log10(high)], tickmode: "array", tickvals: ticks, ticktext: ticks.map(String) };
}

// A name in lines that fit under its place on a narrow axis.
function folded(name, width) {
  const lines = [""];
  for (const part of name.split(/(?<=[-_ ])/)) {
    if (lines.at(-1) && (lines.at(-1) + part).length * 7 > width) lines.push(part);
    else lines[lines.length - 1] += part;
  }
  return lines.join("<br>");
}

function drawSeeds(study, width) {
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
    xaxis: { tickvals: study.arms.map((_, index) => index), ticktext: study.arms.map((arm) => folded(arm, (width - 70) / study.arms.length)), tickangle: 0, range: [-0.5, study.arms.length - 0.5], zeroline: false, showgrid: false },
    yaxis: { title: { text: metric.label } }, hovermode: "closest",
  }];
}

function drawGaps(study, pixels) {
  const metric = metricOf(study), pair = pairOf(study);
  if (!pair) return [[], NO_AXES];
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
  const room = 0.06 * across || width, [left, right] = [`\u2190 ${ends[0]} better`, `${ends[1]} better \u2192`];
  const heading = [`${pair.a} - ${pair.b}, ${unit}`, ...((left + right).length * 7.5 > pixels - 60 ? [left, right] : [`${left} \u00b7 ${right}`])].map((line) => folded(line, pixels - 60));
  return [traces, {
    shapes, annotations, bargap: 0, hovermode: "closest",
    xaxis: { title: { text: heading.join("<br>") }, zeroline: false, range: [Math.min(...reach) - room, Math.max(...reach) + room] },
    yaxis: { title: { text: "seeds" }, rangemode: "tozero" },
  }];
}

function drawCurves(study) {
  const name = curveOf(study), curves = study.curves[name];
  const metric = study.metrics.find((one) => one.name === name);
  const scale = metric ? metric.scale : 1, traces = [];
  const bands = [];
  study.arms.forEach((arm, index) => {
    const curve = curves[arm];
    if (!curve) return;
    const y = (part) => curve[part].map((value) => scale * value);
    const shared = { x: curve.epochs, legendgroup: arm, line: { color: armColour(index), width: 0 }, mode: "lines", hoverinfo: "skip", showlegend: false };
    bands.push({ ...shared, y: y("low") }, { ...shared, y: y("high"), fill: "tonexty", fillcolor: armColour(index) + (dimmed(arm) < 1 ? "0d" : "30") });
    traces.push({
      x: curve.epochs, y: y("mean"), name: `${arm} (n = ${curve.n})`, legendgroup: arm, mode: curve.epochs.length > 1 ? "lines" : "markers", opacity: dimmed(arm),
      line: { color: armColour(index), width: 2 + (3.5 * (study.arms.length - 1 - index)) / Math.max(1, study.arms.length - 1), dash: DASHES[index % 6] }, customdata: curve.low.map((low, at) => [scale * low, scale * curve.high[at]]),
      hovertemplate: `${arm}, epoch %{x}: %{y:.4~f} (%{customdata[0]:.4~f} to %{customdata[1]:.4~f})<extra></extra>`,
    });
  });
  const lows = Object.values(curves).map((curve) => curve.low[Math.min(2, curve.low.length - 1)]); // the first epochs would flatten all that matters
  const tops = Object.values(curves).map((curve) => Math.max(...curve.high));
  const [low, high] = [scale * Math.min(...lows), scale * Math.max(...tops)];
  const room = 0.06 * (high - low) || scale * 0.01;
  const linear = metric && metric.direction === "higher", least = scale * Math.min(...Object.values(curves).map((curve) => Math.min(...curve.low)));
  const logarithmic = !linear && least > 0;
  const range = !lows.length ? {} : linear ? { range: [low - room, high + room] } : logarithmic ? logTicks(least / 1.15, high * 1.15) : {};
  const title = (metric ? metric.label : "training loss") + (logarithmic && lows.length ? " (log scale)" : "");
  return [[...bands, ...traces], { xaxis: { title: { text: "epoch" }, zeroline: false }, yaxis: { title: { text: title }, ...range }, hovermode: "closest", ...LEGEND }];
}

const costsOf = (study) => Object.keys(COSTS).filter((cost) => study.arms.some((arm) => study.costs[arm][cost] !== null));

function drawCosts(study) {
  const metric = metricOf(study), known = costsOf(study), wanted = view.get(`${study.id}.cost`), cost = known.includes(wanted) ? wanted : known[0], traces = [];
  if (!cost) return [[], { ...NO_AXES, annotations: [{ text: "No cost is known", showarrow: false }] }];
  study.arms.forEach((arm, index) => {
    const x = study.costs[arm][cost], mean = metric.means[arm];
    if (x === null || !mean) return;
    traces.push({
      x: [x], y: [metric.scale * mean.mean], mode: "markers", name: arm, error_y: around(mean.interval, mean.mean, metric.scale), opacity: dimmed(arm), cliponaxis: false,
      marker: { color: armColour(index), symbol: SYMBOLS[index % 6], size: 12 }, hovertemplate: `${arm}: %{y:.4~f} at %{x:.4~g}<extra></extra>`,
    });
  });
  const ends = traces.map((trace) => trace.x[0]), far = Math.max(...ends) / Math.min(...ends) > 20;
  const [least, most] = [Math.min(...ends), Math.max(...ends)], logarithmic = far && least > 0;
  const room = Math.max((most - least) * 0.25, most * 0.1) || 1; // a tenth at least, or what hardly differs would look far apart
  const axis = logarithmic ? logTicks(least / 2.5, most * 2.5) : { range: [least - room, most + room], nticks: 6 };
  return [traces, { xaxis: { title: { text: COSTS[cost] + (logarithmic ? " (log scale)" : "") }, zeroline: false, ...(ends.length ? axis : {}) }, yaxis: { title: { text: metric.label } }, hovermode: "closest", ...LEGEND }];
}

const curveOf = (study) => (view.get(`${study.id}.curve`) in study.curves ? view.get(`${study.id}.curve`) : metricOf(study).name);

// Arms without what a figure draws, in words; empty where all have it.
function lacking(figure, study) {
  const metric = metricOf(study), ofCurve = figure.dataset.kind === "curves", name = ofCurve ? curveOf(study) : metric.name;
  const without = study.arms.filter((arm) => (ofCurve ? !study.curves[name][arm] : !metric.means[arm]));
  return without.length ? `${name.replaceAll("_", " ")}: no value of ${without.join(", ")}.` : "";
}

const DRAW = { seeds: drawSeeds, gaps: drawGaps, curves: drawCurves, costs: drawCosts };
const drawn = new Set(); // figures that have come into sight once

function draw(figure) {
  const study = studyOf(figure.dataset.study);
  const axis = { gridcolor: colour("line"), linecolor: colour("muted"), automargin: true };
  const plot = figure.querySelector(".plot");
  const [traces, layout] = DRAW[figure.dataset.kind](study, paper.matches ? 640 : plot.clientWidth);
  plot.setAttribute("aria-label", describe(figure, study));
  const note = figure.querySelector(".note");
  note.textContent = lacking(figure, study) + (figure.dataset.kind === "gaps" && !pairOf(study) ? " Nothing to compare." : "");
  note.hidden = !note.textContent;
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

