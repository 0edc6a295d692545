// One choice of the reader is one entry of the history, and what a page writes by itself is none. "Back" changes the
// address, and the page loads anew with the filters that the address names.
(() => {
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  let isChosen = false;
  for (const kind of ["pointerdown", "keydown", "input"]) {
    addEventListener(kind, () => { isChosen = true; }, { capture: true });
  }
  history.pushState = (state, title, address) => {
    const isOther = new URL(address ?? "", location.href).search !== location.search;
    (isChosen && isOther ? push : replace)(state, title, address);
    if (isOther) isChosen = false;
  };
  addEventListener("popstate", () => location.reload());
})();
