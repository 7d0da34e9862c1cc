// How a typed number is understood.
const LETTERS = { "٫": ".", ",": ".", "،": ".", "−": "-", "–": "-", "٬": "", "٪": "%", "\u200f": "", "\u200e": "", "\u061c": "" };
const NUMBER = /^\s*([+-]?)\s*(\d+(?:\.\d*)?|\.\d+)(?:e([+-]?\d{1,4}))?(?:\s*\p{L}.*|\s*[%‰°€$£'"].*)?\s*$/isu;

// The same reading as the server's (quizzes/numbers.py): the number as it is understood, or null.
export function readNumber(text) {
  const latin = text
    .replace(/[٠-٩]/g, (digit) => digit.charCodeAt(0) - 0x660)
    .replace(/[۰-۹]/g, (digit) => digit.charCodeAt(0) - 0x6f0)
    .replace(/[٫,،−–٬٪\u200f\u200e\u061c]/g, (char) => LETTERS[char]);
  const found = NUMBER.exec(latin);
  if (!found || Math.abs(found[3] ?? 0) > 300) return null;
  const digits = found[2].includes(".") ? found[2].replace(/\.?0*$/, "") : found[2];
  const plain = digits.replace(/^0+(?=\d)/, "").replace(/^\./, "0.") || "0";
  return `${found[1] === "-" ? "-" : ""}${plain}${Number(found[3]) ? `e${Number(found[3])}` : ""}`;
}
