// What happens in the browser: citations, drawer, copying, words that Gradio has only in English. It gets `trigger`.
const WORDS = {
  "Drop File Here": "Kéo tệp vào đây",
  "- or -": "hoặc",
  "Click to Upload": "Bấm để chọn tệp",
  "Click to upload or drop files": "Bấm để chọn tệp hoặc kéo tệp vào đây",
  "File upload": "Chọn tệp",
  "chatbot conversation": "Cuộc hỏi đáp",
  "Clear": "Xóa",
  "More tabs": "Thêm thẻ",
  "Scroll down": "Cuộn xuống cuối",
  "Uploaded files": "Tệp đã tải lên",
  "Uploading": "Đang tải tệp lên",
  "Uploading 1 file...": "Đang tải tệp lên …",
  "Error": "Lỗi",
  "Warning": "Chú ý",
  "Info": "Thông tin",
  "Loading": "Đang tải",
  "Close": "Đóng",
  "Remove this file": "Bỏ tệp này",
  "This application is currently busy. Please try again.": "Đang có quá nhiều người dùng cùng lúc. Hãy thử lại sau ít phút.",
  "Queue is full! Please try again.": "Đang có quá nhiều người dùng cùng lúc. Hãy thử lại sau ít phút.",
  "Connection errored out.": "Mất kết nối với máy chủ. Hãy kiểm tra mạng rồi tải lại trang.",
  "Connection Lost": "Mất kết nối",
  "Connection to the server was lost. Attempting reconnection...": "Mất kết nối với máy chủ. Đang thử nối lại …",
  "Reconnected": "Đã nối lại",
  "Connection re-established.": "Đã nối lại với máy chủ.",
};
const LABELS = [[/^bot's message:/, "Câu trả lời"], [/^user's message:/, "Câu hỏi của Bạn"], [/^Select example \d+: /, "Câu hỏi mẫu: "]];

const byId = (id) => document.getElementById(id);
const panel = () => byId("can-cu");
let awaited = null;
let opener = null;
let finished = 0;
let arriving = false;

function inVietnamese(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const word = WORDS[node.data.trim()];
    if (word) node.data = word;
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  // Gradio's label holds the buttons too; the name of a box is the words above it.
  const words = node.matches("textarea, input") && node.closest("label")?.querySelector('[data-testid="block-info"]');
  if (words && node.ariaLabel !== words.textContent.trim()) node.ariaLabel = words.textContent.trim();
  for (const name of ["aria-label", "title"]) {
    const old = node.getAttribute(name);
    if (!old) continue;
    const word = WORDS[old.trim()] || inOwnWords(old);
    if (word) node.setAttribute(name, word);
  }
  node.childNodes.forEach(inVietnamese);
}

function inOwnWords(label) {
  const [start, word] = LABELS.find(([start]) => start.test(label)) || [];
  return word && (word.endsWith(" ") ? label.replace(start, word) : word);
}

// The last question stays at the top of the conversation while its answer grows; then the reader scrolls.
function toLastQuestion() {
  const questions = document.querySelectorAll("#hoi-thoai .user-row");
  const log = document.querySelector('#hoi-thoai [role="log"]');
  const last = questions[questions.length - 1];
  if (!last || finished === questions.length) { finished = Math.min(finished, questions.length); return; }
  log.scrollTop += last.getBoundingClientRect().top - log.getBoundingClientRect().top;
  const replies = document.querySelectorAll("#hoi-thoai .bot-row");
  const reply = replies[replies.length - 1];
  if (replies.length === questions.length && reply.querySelector(".cc-actions, .cc-failure, .cc-stopped")) finished = questions.length;
}

function openCard(id) {
  const card = byId(id);
  if (!card) return false;
  panel().querySelectorAll("details.cc-card").forEach((other) => { if (other !== card) other.open = false; });
  card.open = true;
  panel().classList.add("cc-drawer");
  card.querySelector("summary").focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
  for (const mark of card.querySelectorAll("mark, .cc-focus")) mark.scrollIntoView({ block: "nearest" });
  return true;
}

function showActive() {
  const open = new Set([...document.querySelectorAll("details.cc-card[open]")].map((card) => "#" + card.id));
  document.querySelectorAll("a.cc-ref").forEach((ref) => ref.classList.toggle("cc-active", open.has(ref.hash)));
}

function follow(ref) {
  opener = ref;
  const [, turn, number] = ref.hash.match(/^#can-cu-(\d+)-(\d+)$/);
  if (openCard(ref.hash.slice(1))) return;
  awaited = ref.hash.slice(1);
  trigger("select", { turn: Number(turn), number: Number(number) });
}

function closeDrawer() {
  panel().classList.remove("cc-drawer");
  if (opener) opener.focus();
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // plain http on another machine has no clipboard
    const area = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const label = button.dataset.label || button.textContent;
  button.dataset.label = label;
  button.textContent = "Đã sao chép";
  byId("thong-bao").textContent = "Đã sao chép vào bộ nhớ tạm.";
  setTimeout(() => { button.textContent = label; byId("thong-bao").textContent = ""; }, 2000);
}

function press(button) {
  const [, action, turn] = button.id.match(/^(sao-chep-can-cu|sao-chep|sua|gui-lai)-(\d+)$/) || [];
  if (action === "sao-chep") copy(button, byId("ban-sao-" + turn).textContent);
  if (action === "sao-chep-can-cu") copy(button, byId("ban-sao-can-cu-" + turn).textContent);
  if (action === "sua") trigger("edit", { turn: Number(turn) });
  if (action === "gui-lai") trigger("retry", { turn: Number(turn) });
  if (button.id === "dong-can-cu") closeDrawer();
  const [, quoted] = button.id.match(/^mo-(\d+-\d+)$/) || [];
  const place = button.classList.contains("cc-open") ? button : byId("cho-" + quoted);
  if (place) {
    const { document: id, start, end, focusStart = 0, focusEnd = 0, check = 0 } = place.dataset;
    panel().classList.remove("cc-drawer");
    arriving = true;
    trigger("expand", { document: id, start: Number(start), end: Number(end), focus: [Number(focusStart), Number(focusEnd)], check: Number(check) });
  }
  if (button.id === "phong-to") {
    const large = button.closest(".cc-picture").classList.toggle("cc-large");
    button.textContent = large ? "Thu vừa khung" : "Phóng to";
    button.ariaPressed = String(large);
    showFrame(button.closest(".cc-picture"));
  }
}

// The framed passage in the middle of the picture's own room; the page itself stays where it is.
function showFrame(picture) {
  const room = picture.querySelector(".cc-sheet-room");
  const frame = picture.querySelector(".cc-frame");
  if (!frame) return;
  const [inner, outer] = [frame.getBoundingClientRect(), room.getBoundingClientRect()];
  room.scrollTop += inner.top - outer.top - room.clientHeight / 3;
  room.scrollLeft += inner.left - outer.left - 24;
}

// The same for the text.
function toMark(mark) {
  const room = byId("van-ban");
  room.scrollTop += mark.getBoundingClientRect().top - room.getBoundingClientRect().top - room.clientHeight / 3;
}

// A document just opened: on a narrow page it stands under the list, so the page goes there.
function arrive() {
  const column = byId("cot-doc");
  const fresh = document.querySelector("#van-ban .cc-document:not(.cc-here)");
  if (!fresh || !column.offsetParent) return;
  fresh.classList.add("cc-here");
  if (!fresh.querySelector("mark")) byId("van-ban").scrollTop = 0;
  if (arriving && innerWidth < 900) setTimeout(() => column.scrollIntoView({ block: "start" }), 150);
  arriving = false;
}

document.documentElement.lang = "vi";
document.addEventListener("click", (event) => {
  const ref = event.target.closest('a[href^="#can-cu-"]');
  const button = event.target.closest("button");
  if (ref) { event.preventDefault(); follow(ref); }
  else if (button) press(button);
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && panel().matches(".cc-drawer")) closeDrawer(); });
document.addEventListener("toggle", showActive, true);
inVietnamese(document.body);
new MutationObserver((changes) => {
  for (const { type, target, addedNodes } of changes) {
    if (type === "childList") addedNodes.forEach(inVietnamese);
    else if (type === "characterData") inVietnamese(target);
    else for (const name of ["aria-label"]) if (target.getAttribute(name)) inVietnamese(target);
  }
  if (awaited && openCard(awaited)) awaited = null;
  const marked = document.querySelector("#van-ban mark:not(.cc-seen)");
  if (marked && marked.offsetParent) { marked.classList.add("cc-seen"); toMark(document.querySelector("#van-ban .cc-focus") || marked); }
  arrive();
  const drawn = document.querySelector("#anh-trang .cc-picture:not(.cc-here)");
  if (drawn && drawn.offsetParent) {
    drawn.classList.add("cc-here");
    const image = drawn.querySelector("img");
    if (image.complete) showFrame(drawn); else image.addEventListener("load", () => showFrame(drawn), { once: true });
  }
  const outcome = document.querySelector("#tien-do-kho :is(li, .cc-notice, .cc-failure):not(.cc-here)");
  if (outcome && outcome.offsetParent) { outcome.classList.add("cc-here"); byId("tien-do-kho").scrollIntoView({ block: "nearest" }); }
  toLastQuestion();
  showActive();
}).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["aria-label", "style"] });
