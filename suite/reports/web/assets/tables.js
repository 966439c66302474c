// The table of runs.
const COLUMNS = [["task", (row) => studies[runs.study[row]].task], ["arm", armOf],
  ...(runs.data_set ? [["data set", (row) => runs.data_set[row]]] : []), ["seed", (row) => runs.seed[row]], ["device", (row) => studies[runs.study[row]].device],
  ["status", (row) => runs.status[row]], ...runs.metric_names.map((name, place) => [name, (row) => runs.metrics[place][row]]),
  ...["parameters", "train_time_s", "train_flops", "seeds_together", "key", "environment", "reason"].map((name) => [name, (row) => runs[name][row]])];
// In the table: a ratio in percent, and the time of a seed, where a job that trained several has one time for all of them.
const inPercent = (name) => studies.every((study) => study.metrics.every((one) => one.name !== name || one.scale === 100));
const perSeed = (row) => (runs.train_time_s[row] === null ? null : runs.train_time_s[row] / runs.seeds_together[row]);
const IN_TABLE = [...COLUMNS.slice(0, COLUMNS.findIndex(([name]) => name === "status") + 1).map(([name, of]) => [name, of, name, printed]),
  ...runs.metric_names.map((name, place) => {
    const said = name.replaceAll("_", " "), of = (row) => runs.metrics[place][row];
    return inPercent(name) ? [name, of, `${said}, %`, (value) => (value === null ? "-" : (100 * value).toFixed(2))] : [name, of, said, printed];
  }), ["time_per_seed_s", perSeed, "training time per seed, s", printed]];
const again = (row) => `suite verify ${runs.key[row].slice(0, 12)} --from results`;

function sorted(rows) {
  const down = (view.get("sort") || "").startsWith("-"), name = (view.get("sort") || "").replace(/^-/, "");
  const column = [...IN_TABLE, ...COLUMNS].find(([one]) => one === name);
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

// What a heading means, as the page's words have it: to point at, and for screen readers.
const words = new Map([...document.querySelectorAll("dl.words dt")].map((term) => [term.textContent, term.nextElementSibling.textContent]));

function explain(cell, button, heading) {
  const meaning = cell.title || words.get(heading) || words.get(heading.replace(/, %$/, ""));
  if (!meaning) return;
  cell.title = meaning;
  button.setAttribute("aria-description", meaning);
}

function showRows(table) {
  const rows = [...table.tBodies[0].rows].filter((row) => "arms" in row.dataset), [task, arm, device] = FILTERS.map((name) => view.get(name));
  for (const row of rows) {
    const arms = row.dataset.arms.split(" "), of = studies.filter((study) => study.task === row.dataset.task);
    row.hidden = Boolean((arm && row.dataset.arms && !arms.includes(arm)) || (row.dataset.task && ((task && row.dataset.task !== task) || (device && !of.some((study) => study.device === device)))));
  }
  const empty = rows.length > 0 && rows.every((row) => row.hidden), box = table.closest(".scroll");
  box.hidden = empty;
  if (box.nextElementSibling?.matches(".none")) box.nextElementSibling.hidden = !empty;
}

function showRuns() {
  const rows = sorted(chosenRuns()), pages = Math.max(1, Math.ceil(rows.length / ROWS));
  const page = Math.min(pages, Math.max(1, Math.floor(Number(view.get("page"))) || 1)), table = byId("run-table");
  const used = IN_TABLE.filter(([name, of]) => !runs.metric_names.includes(name) || rows.some((row) => of(row) !== null));
  const head = document.createElement("tr"), sort = view.get("sort") || "";
  for (const [name, , heading] of used) {
    const cell = document.createElement("th"), button = document.createElement("button");
    const is = sort.replace(/^-/, "") === name;
    cell.scope = "col";
    if (is) cell.setAttribute("aria-sort", sort.startsWith("-") ? "descending" : "ascending");
    button.type = "button";
    button.textContent = heading;
    button.dataset.arrow = is ? (sort.startsWith("-") ? "\u2193" : "\u2191") : "";
    explain(cell, button, heading);
    cell.addEventListener("click", () => { choose("sort", sort === name ? `-${name}` : name); table.querySelectorAll("th button")[used.findIndex(([one]) => one === name)]?.focus(); });
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
  for (const [name, of, , print] of used) {
    const cell = line.insertCell();
    cell.textContent = name === "status" && runs.reason[row] ? `${of(row)}: ${runs.reason[row]}` : print(of(row));
  }
  const cell = line.insertCell(), code = document.createElement("code"), button = document.createElement("button");
  code.textContent = again(row);
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy the command that runs ${armOf(row)}, seed ${runs.seed[row]}, again`);
  button.addEventListener("click", () => copy(again(row), again(row)));
  cell.append(button, " ", code);
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
    explain(cell, button, cell.textContent);
    cell.addEventListener("click", () => {
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
    cell.firstChild.dataset.arrow = place === column ? (sign < 0 ? "\u2193" : "\u2191") : "";
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

