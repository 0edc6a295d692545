"""Whether a page is shown by a server that answers, or written once for any web server to hand out.

`STATIC_PAGES` names the folder into which a page is being written, for as long as it is.
"""

import os
from pathlib import Path

OLD_AFTER_DAYS = 2
# what was written once cannot know its age: the reader's clock tells it, and shows the notice that waits for that
AGE_SCRIPT = f"""<script>
(() => {{
  const tell = () => {{
    const asOf = document.querySelector("time.as-of");
    const notice = document.querySelector(".old[hidden]");
    if (!asOf || !notice) return;
    const days = Math.floor((Date.now() - Date.parse(asOf.dateTime)) / 86400000);
    if (days < {OLD_AFTER_DAYS}) return;
    notice.querySelector(".days").textContent = `${{days.toLocaleString("en")}} days`;
    notice.hidden = false;
  }};
  new MutationObserver(tell).observe(document, {{ childList: true, subtree: true }});
}})();
</script>"""


def static_folder() -> Path | None:
    """Return the folder that the page is written into; None where a server shows it."""
    folder = os.environ.get("STATIC_PAGES")
    return Path(folder) if folder else None


def address(page: str) -> str:
    """Return the address of a page as seen from any other."""
    return f"{page}.html" if static_folder() else f"../{page}/"
