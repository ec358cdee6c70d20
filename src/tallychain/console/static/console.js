// A table that is wider than its place scrolls sideways, and what scrolls must be reached by keyboard too.
"use strict";
(() => {
  const reach = () => {
    for (const table of document.querySelectorAll("main table")) {
      if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
      else table.removeAttribute("tabindex");
    }
  };
  addEventListener("load", reach);
  addEventListener("resize", reach);
  document.addEventListener("htmx:afterSettle", reach);
})();
