// ReDoc signs its menu with a picture from its maker's site. This page asks nobody but its own:
// such a picture is told that it failed, and ReDoc leaves it out. React sets `src` in both ways.
const plain = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");

function isForeign(picture, address) {
  if (new URL(address, document.baseURI).origin === location.origin) return false;
  setTimeout(() => picture.dispatchEvent(new Event("error")));
  return true;
}

HTMLImageElement.prototype.setAttribute = function setAttribute(name, value) {
  if (name !== "src" || !isForeign(this, value)) Element.prototype.setAttribute.call(this, name, value);
};
Object.defineProperty(HTMLImageElement.prototype, "src", {
  ...plain,
  set(address) {
    if (!isForeign(this, address)) plain.set.call(this, address);
  },
});
