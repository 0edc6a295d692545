// marimo sorts by small buttons, ascending first: here a click anywhere on a heading sorts, numbers and days largest first.
(() => {
  const [UNSORTED, ASCENDING, DESCENDING] = ["Sort column ascending", "Sort column descending", "Clear sort"];
  const button = (head) => head.querySelector("[data-testid=data-table-sort-button]");
  const state = (head) => button(head)?.getAttribute("aria-label");
  const rank = [UNSORTED, ASCENDING, DESCENDING];
  const isLargestFirst = (table, column) => {
    const text = table.tBodies[0]?.rows[0]?.cells[column]?.textContent.trim() ?? "";
    return /^[+-]?[\d,.]+%?$|^\d+ \w{3} \d{4}$|^–$/.test(text);
  };
  let isOurs = false;

  function press(head) {
    isOurs = true;
    button(head).click();
    isOurs = false;
  }

  async function sort(table, column) {
    const head = () => table.tHead.rows[0].cells[column];
    const first = isLargestFirst(table, column) ? DESCENDING : ASCENDING;
    const now = state(head());
    const wanted = now === UNSORTED ? first : now === DESCENDING ? ASCENDING : DESCENDING;
    for (let tries = 0; tries < rank.length && state(head()) !== wanted; tries += 1) {
      const before = state(head());
      press(head());
      for (let waits = 0; waits < 400 && state(head()) === before; waits += 1) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head().setAttribute("aria-sort", wanted === ASCENDING ? "ascending" : "descending");
  }

  addEventListener("click", (event) => {
    if (isOurs) return;
    const path = event.composedPath().filter((part) => part instanceof Element);
    const head = path.find((part) => part.tagName === "TH");
    if (!head || !button(head)) return;
    const pressed = path.find((part) => part.tagName === "BUTTON");
    if (pressed && pressed !== button(head)) return;
    event.stopPropagation();
    sort(head.closest("table"), head.cellIndex);
  }, { capture: true });
})();
