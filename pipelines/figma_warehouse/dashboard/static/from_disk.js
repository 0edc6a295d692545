// Browsers do not load the scripts of a page that is opened from disk: say so instead of staying empty.
if (location.protocol === "file:") {
  addEventListener("DOMContentLoaded", () => {
    const notice = document.createElement("div");
    notice.className = "notice warning from-disk";
    notice.setAttribute("role", "note");
    const folder = decodeURIComponent(location.pathname.replace(/[^/]*$/, ""));
    const command = document.createElement("code");
    command.textContent = `python3 -m http.server --bind 127.0.0.1 --directory '${folder}'`;
    const page = location.pathname.split("/").pop();
    const link = document.createElement("a");
    link.href = `http://127.0.0.1:8000/${page}`;
    link.textContent = link.href;
    const title = document.createElement("strong");
    title.textContent = "This page needs a web server.";
    notice.append(title, " Browsers do not run its scripts from disk. Put the folder on any web server, or run ", command, " and open ", link, ".");
    document.body.replaceChildren(notice);
    document.body.classList.add("plain");
  });
}
