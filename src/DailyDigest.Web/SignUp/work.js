// While very many people sign up, the form asks for a longer sum. Where this script runs, the browser works in place of the reader: it
// finds a number with which the SHA-256 (FIPS 180-4) of "check:number" begins with enough zero bits. Without it the sum stays.
const form = document.querySelector("form[data-work]");
const line = document.getElementById("work-status");
const prefix = form.elements.check.value + ":";
const bits = Number(form.dataset.work);

// The constants are the first 32 bits of the fractions of the square and cube roots of the first primes.
const H = [], K = [];
for (let n = 2; K.length < 64; n++) {
  let divisor = 2;
  while (n % divisor !== 0) {
    divisor++;
  }
  if (divisor === n) {
    if (H.length < 8) {
      H.push((Math.sqrt(n) % 1 * 2 ** 32) | 0);
    }
    K.push((Math.cbrt(n) % 1 * 2 ** 32) | 0);
  }
}

const words = new Int32Array(64);
const turn = (value, by) => (value >>> by) | (value << (32 - by));

// The zero bits at the beginning of the hash of an ASCII text of at most 55 characters, which is one block.
function zeros(text) {
  words.fill(0, 0, 16);
  for (let i = 0; i < text.length; i++) {
    words[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  }
  words[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
  words[15] = 8 * text.length;
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15], y = words[i - 2];
    words[i] = words[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + words[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = H;
  for (let i = 0; i < 64; i++) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  return Math.clz32((H[0] + a) | 0);
}

let number = 0, isWanted = false;

// In short steps, so that the page stays usable.
function step() {
  const end = performance.now() + 25;
  do {
    for (let i = 0; i < 100; i++, number++) {
      if (zeros(prefix + number) >= bits) {
        finish(number);
        return;
      }
    }
  } while (performance.now() < end);
  setTimeout(step);
}

function finish(work) {
  form.elements.work.value = work;
  form.removeEventListener("submit", wait);
  line.textContent = form.dataset.ready;
  if (isWanted) {
    form.requestSubmit();
  }
}

function wait(event) {
  event.preventDefault();
  isWanted = true;
  line.textContent = form.dataset.wait;
}

// The fault of the last try stays. The focus of the field moves to the button.
if (form.elements.answer.autofocus) {
  form.querySelector("button").focus();
}
for (const part of form.querySelectorAll(".sum-field > :not(.fault, #work-status)")) {
  part.remove();
}
if (zeros(prefix + form.elements.work.value) >= bits) {
  // Done before another fault brought the form back.
  finish(form.elements.work.value);
} else {
  line.textContent = form.dataset.busy;
  form.addEventListener("submit", wait);
  step();
}
