"use strict";

// Dark where the reader's system is: Swagger UI has the colours, and waits for this class.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const adapt = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", adapt);
adapt();

window.ui = SwaggerUIBundle({
  url: new URL("schema", document.baseURI).href,
  domNode: document.getElementById("documentation"),
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  requestSnippetsEnabled: true,
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 3,
  // Credentials stay in the page's memory, and nothing is sent to a validator elsewhere.
  persistAuthorization: false,
  validatorUrl: null,
  onComplete: () => document.body.classList.add("ready"),
});
