// The colours that the system has; on paper the light ones.
const dark = matchMedia("(prefers-color-scheme: dark)");
const paper = matchMedia("print");
function setTheme() {
  document.documentElement.dataset.theme = dark.matches && !paper.matches ? "dark" : "light";
}
dark.addEventListener("change", setTheme);
paper.addEventListener("change", setTheme);
setTheme();
