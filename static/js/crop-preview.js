// <input type="file" data-crop-preview="id">: shows the middle square of the picture that was chosen, before it is sent.
for (const input of document.querySelectorAll("[data-crop-preview]")) {
  const preview = document.getElementById(input.dataset.cropPreview);
  let address = "";
  input.addEventListener("change", () => {
    URL.revokeObjectURL(address);
    const [file] = input.files;
    preview.hidden = !file?.type.startsWith("image/");
    if (preview.hidden) return;
    address = URL.createObjectURL(file);
    preview.src = address;
  });
  preview.addEventListener("error", () => { preview.hidden = true; }); // no picture after all: the server says so
}
