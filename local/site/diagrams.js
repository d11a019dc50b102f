// Brings the five megabytes that draw diagrams to the pages that have one. Written into the page, so that they are there
// before the theme looks for them elsewhere.
if (document.querySelector(".mermaid")) {
  const file = document.currentScript.src.replace("diagrams.js", "mermaid.min.js");
  document.write(`<script src="${file}"></` + "script>");
}
