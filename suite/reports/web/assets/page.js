// All of the page: what is shown of it, its colours, and paper.
function show() {
  fillArms();
  for (const name of FILTERS) byId(`filter-${name}`).value = view.get(name) || "";
  for (const box of document.querySelectorAll("select[data-choice]")) {
    const study = studyOf(box.closest("figure").dataset.study);
    if (box.dataset.choice.endsWith(".pair")) fillPairs(study, box);
    const asked = view.get(box.dataset.choice);
    const first = box.dataset.choice.endsWith(".curve") ? metricOf(study).name : box.options[0]?.value;
    box.value = [...box.options].some((option) => option.value === asked) ? asked : first;
  }
  for (const part of document.querySelectorAll("[data-section]")) part.hidden = !isShown(studyOf(part.dataset.section));
  const nothing = !studies.some(isShown);
  byId("nothing").hidden = !nothing;
  for (const name of ["verdicts", "claims", "runs"]) {
    byId(name).hidden = nothing;
    document.querySelector(`nav a[href="#${name}"]`).parentElement.hidden = nothing;
  }
  document.querySelectorAll("table:not(#run-table)").forEach(showRows);
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

// What is folded is laid out on paper by the style: to open it here would come after the browser has counted the sheets.
function toPaper() {
  setTheme();
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
  const showAll = () => { view.clear(); setTheme(); choose("page", ""); };
  byId("filters").addEventListener("reset", (event) => { event.preventDefault(); showAll(); });
  byId("show-all").addEventListener("click", () => { showAll(); byId("filter-task").focus(); });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("copy-link").addEventListener("click", () => copy(location.href, "the link to this view"));
  byId("download").addEventListener("click", download);
  byId("theme").addEventListener("click", () => {
    const order = ["", "dark", "light"];
    choose("colours", order[(order.indexOf(view.get("colours") || "") + 1) % 3]);
    setTheme();
    show();
  });
  document.addEventListener("click", follow);
  addEventListener("popstate", () => { readAddress(); setTheme(); show(); goTo(view.get("at")); });
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
  goTo(view.get("at"));
}

start();
