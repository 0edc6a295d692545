// An exported page has no server: it searches its tables by words, which stand in the address, sorts it by a column, and prints it with its headings.
(() => {
  const rowsOf = (table) => [...table.tBodies[0].rows];

  function sort(table, head, column) {
    const isNumber = head.classList.contains("number");
    const value = (row) => row.cells[column].dataset.sort;
    const isLargestFirst = isNumber || rowsOf(table).some((row) => /^\d{4}-\d\d-\d\dT/.test(value(row)));
    const before = head.getAttribute("aria-sort");
    const descending = before === null ? isLargestFirst : before === "ascending";
    const compare = (a, b) => (isNumber ? Number(a) - Number(b) : a.localeCompare(b));
    const sorted = rowsOf(table).sort((a, b) => {
      if (!value(a) || !value(b)) return !value(a) - !value(b);
      return (descending ? -1 : 1) * compare(value(a), value(b));
    });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    table.tBodies[0].append(...sorted);
  }

  function search(table) {
    const sought = words.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rowsOf(table)) {
      const text = row.textContent.toLowerCase();
      row.hidden = !sought.every((word) => text.includes(word));
    }
    table.nextElementSibling.textContent = rowsOf(table).every((row) => row.hidden) ? "No row matches" : "";
  }

  let words = new URLSearchParams(location.search).get("search") ?? "";

  function remember(sought) {
    words = sought;
    const address = new URL(location.href);
    if (sought) address.searchParams.set("search", sought);
    else address.searchParams.delete("search");
    // a page without an address of its own has nothing to remember it in
    if (address.protocol !== "about:") history.replaceState(null, "", address);
  }

  // one search a page, in front of its first table
  function offerSearch(table) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    label.className = "search";
    input.type = "search";
    input.value = words;
    input.addEventListener("input", () => {
      remember(input.value);
      document.querySelectorAll("table.searched").forEach(search);
    });
    label.append("Search all tables", input);
    const before = document.querySelector(".exported") ?? table.parentElement;
    if (before === table.parentElement) before.before(label);
    else before.after(label);
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
    const said = document.createElement("p");
    said.className = "unmatched";
    said.setAttribute("aria-live", "polite");
    table.after(said);
    if (!document.querySelector("label.search")) offerSearch(table);
    search(table);
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

  function enableAll() {
    // while a page arrives, a table is there before its headings and rows
    if (document.readyState === "loading") return;
    document.querySelectorAll("table.whole:not([data-enabled])").forEach(enable);
  }

  new MutationObserver(enableAll).observe(document, { childList: true, subtree: true });
  addEventListener("DOMContentLoaded", enableAll);
})();
