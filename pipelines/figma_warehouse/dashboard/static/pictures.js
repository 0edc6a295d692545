// A click on a picture of a table shows it as large as it is stored.
addEventListener("click", (event) => {
  const button = event.composedPath().find((part) => part instanceof Element && part.matches("button.enlarge"));
  if (!button) return;
  const dialog = document.createElement("dialog");
  const picture = document.createElement("img");
  dialog.className = "enlarged";
  dialog.setAttribute("aria-label", "Picture");
  picture.src = button.querySelector("img").src;
  picture.alt = "";
  dialog.append(picture);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
});
