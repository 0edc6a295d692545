// marimo sorts by small buttons, ascending first: here a click anywhere on a heading sorts, numbers and days largest first.
(() => {
  // the labels of the button say what it does next
  const [UNSORTED, ASCENDING, DESCENDING] = ["Sort column ascending", "Sort column descending", "Clear sort"];
  const button = (head) => head.querySelector("[data-testid=data-table-sort-button]");
  const state = (head) => button(head)?.getAttribute("aria-label");
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
    for (let waits = 0; waits < 400 && state(head()) === before; waits += 1) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  // one step of marimo's cycle, or two at first: an order, the other one, none
  async function sort(table, column) {
    const head = () => table.tHead.rows[0].cells[column];
    const steps = state(head()) === UNSORTED && isLargestFirst(table, column) ? 2 : 1;
    for (let step = 0; step < steps; step += 1) {
      const before = state(head());
      press(head());
      await changed(head, before);
    }
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    const order = { [ASCENDING]: "ascending", [DESCENDING]: "descending" }[state(head())];
    if (order) head().setAttribute("aria-sort", order);
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
