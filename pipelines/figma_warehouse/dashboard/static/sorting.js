// marimo sorts by small buttons, ascending first: here a click anywhere on a heading sorts, numbers and days largest first.
(() => {
  const button = (head) => head.querySelector("[data-testid=data-table-sort-button]");
  const order = (head) => button(head).getAttribute("aria-label").match(/^Sorted (ascending|descending)/)?.[1];
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

  async function changed(head, before) {
    for (let waits = 0; waits < 400 && order(head()) === before; waits += 1) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  // marimo's cycle is unsorted, ascending, descending
  async function sort(table, column) {
    const head = () => table.tHead.rows[0].cells[column];
    const now = order(head());
    const steps = now === "descending" || (!now && isLargestFirst(table, column)) ? 2 : 1;
    for (let step = 0; step < steps; step += 1) {
      const before = order(head());
      press(head());
      await changed(head, before);
    }
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    if (order(head())) head().setAttribute("aria-sort", order(head()));
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
