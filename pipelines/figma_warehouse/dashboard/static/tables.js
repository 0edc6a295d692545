// An exported page has no server: it searches a table by words, sorts it by a column, and prints it with its headings.
(() => {
  const rowsOf = (table) => [...table.tBodies[0].rows];

  function sort(table, head, column) {
    const descending = head.getAttribute("aria-sort") === "ascending";
    const isNumber = head.classList.contains("number");
    const value = (row) => row.cells[column].dataset.sort;
    const compare = (a, b) => (isNumber ? Number(a) - Number(b) : a.localeCompare(b));
    const sorted = rowsOf(table).sort((a, b) => {
      if (!value(a) || !value(b)) return !value(a) - !value(b);
      return (descending ? -1 : 1) * compare(value(a), value(b));
    });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    table.tBodies[0].append(...sorted);
  }

  function search(table, words, said) {
    const sought = words.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rowsOf(table)) {
      const text = row.textContent.toLowerCase();
      row.hidden = !sought.every((word) => text.includes(word));
    }
    said.textContent = rowsOf(table).every((row) => row.hidden) ? "No row matches" : "";
  }

  function enable(table) {
    table.dataset.enabled = "yes";
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(table, head, column));
      head.replaceChildren(button);
    });
    if (!table.classList.contains("searched")) return;
    const label = document.createElement("label");
    const input = document.createElement("input");
    const said = document.createElement("p");
    said.className = "unmatched";
    said.setAttribute("aria-live", "polite");
    label.className = "search";
    input.type = "search";
    input.addEventListener("input", () => search(table, input.value, said));
    label.append("Search", input);
    table.parentElement.before(label);
    table.after(said);
  }

  // print headings, which repeat on each page, without their buttons
  const replaced = [];
  addEventListener("beforeprint", () => {
    for (const button of document.querySelectorAll("table.whole th > button")) {
      replaced.push([button.parentElement, button]);
      button.replaceWith(button.textContent);
    }
  });
  addEventListener("afterprint", () => {
    for (const [head, button] of replaced.splice(0)) head.replaceChildren(button);
  });

  new MutationObserver(() => {
    document.querySelectorAll("table.whole:not([data-enabled])").forEach(enable);
  }).observe(document, { childList: true, subtree: true });
})();
