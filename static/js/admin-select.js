// The theme's fields for several choices have an inner search box without a name: it takes that of its field.
addEventListener("load", () => {
  for (const box of document.querySelectorAll(".select2-search__field")) {
    const label = box.closest(".select2")?.previousElementSibling?.labels?.[0];
    if (label) box.setAttribute("aria-label", label.textContent.trim());
  }
});
