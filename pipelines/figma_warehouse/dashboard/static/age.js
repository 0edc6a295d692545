// An exported page cannot know its age: the reader's clock tells it, and shows the notice that waits for it.
(() => {
  const showAge = () => {
    const asOf = document.querySelector("time.as-of");
    const notice = document.querySelector(".old[hidden]");
    // a browser may have read only a part of the notice
    const age = notice?.querySelector(".days");
    if (!asOf || !age) return;
    const days = Math.floor((Date.now() - Date.parse(asOf.dateTime)) / 86400000);
    if (days < Number(notice.dataset.afterDays)) return;
    age.textContent = `${days.toLocaleString("en")} days`;
    notice.hidden = false;
  };
  new MutationObserver(showAge).observe(document, { childList: true, subtree: true });
})();
