// The introduction of a course plays where its picture stands, once somebody asks for it: nothing is fetched before.
for (const link of document.querySelectorAll("[data-promo]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const frame = document.createElement("iframe");
    const address = new URL(link.dataset.promo);
    address.searchParams.set("autoplay", "1");
    frame.src = address;
    frame.title = link.dataset.title;
    frame.allow = "autoplay; fullscreen; picture-in-picture; encrypted-media";
    frame.allowFullscreen = true;
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    frame.className = "promo__frame";
    link.replaceWith(frame);
    frame.focus();
  });
}
