// A file that is too large is told before it is sent; a link is copied by a button. Without script both pages work:
// the server refuses the file with the same sentence, and the link is selected by hand.
"use strict";

for (const field of document.querySelectorAll("input[type=file][data-largest]")) {
  const told = document.getElementById("file-error");
  field.addEventListener("change", () => {
    const tooLarge = [...field.files].some((file) => file.size > Number(field.dataset.largest));
    told.textContent = tooLarge ? field.dataset.tooLarge : "";
    field.setAttribute("aria-invalid", String(tooLarge));
    field.setCustomValidity(told.textContent);
    field.setAttribute("aria-describedby", "file-hint file-error");
  });
}

for (const button of document.querySelectorAll("button[data-copies]")) {
  const link = document.getElementById(button.dataset.copies);
  link.addEventListener("focus", () => link.select());
  if (!navigator.clipboard) continue; // only where the page came safely
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(link.value);
    document.getElementById("copied").textContent = `${button.dataset.copied} : ${link.getAttribute("aria-label")}`;
    const said = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = said; }, 2000);
  });
}
