// The cells of the page, when a kernel is there: an editor, a button and a place for outputs each.

// All lines are drawn, so that the browser's own search finds them.
const EDITOR = { theme: "book", lineNumbers: false, lineWrapping: true, viewportMargin: Infinity };

const LOST = { error: [{ ename: "no answer", evalue: "the connection was lost; run it again" }] };

/** All cells of a page, and the kernel that runs them in their order. */
export class Cells {
  constructor({ api, config, rendermime, session, answers, begin, say }) {
    Object.assign(this, { session, begin, say });
    for (const [label, cells] of Object.entries(answers)) putUnder(document.getElementById(label), cells);
    const nodes = [...document.querySelectorAll("div.cell")].filter((node) => node.querySelector(".cell_input pre"));
    const blocks = nodes.map((node, index) => ({
      id: `live-${index + 1}`,
      source: node.querySelector(".cell_input pre").textContent.trimEnd(),
    }));
    this.notebook = api.setupNotebookFromBlocks(blocks, config, rendermime);
    this.notebook.attachSession(session);
    let number = 0;
    this.cells = nodes.map((node, index) => {
      const name = node.dataset.name || `cell ${(number += 1)}`;
      return this.#prepare(node, index, name, blocks[index]);
    });
    this.count = number;
    this.queue = Promise.resolve();
    this.round = 0;
  }

  #prepare(node, index, name, { id }) {
    const { output, printed } = place(node);
    const source = node.querySelector(".cell_input");
    const label = `Code of ${name}`;
    window.thebe.renderAllCells(
      { codeMirrorConfig: { ...EDITOR, screenReaderLabel: label } },
      this.notebook,
      [{ id, placeholders: { source, output } }],
    );
    const box = node.querySelector(".thebe-cell");
    box.removeAttribute("id");
    const editor = box.querySelector(".CodeMirror").CodeMirror;

    const tools = document.createElement("div");
    tools.className = "live-tools";
    tools.innerHTML = `<button type="button" class="live-button">Run</button><span></span>`;
    (node.querySelector(".cell_output") || output).before(tools);
    const [button, state] = tools.children;
    button.setAttribute("aria-label", `Run ${name}`);

    const live = this.notebook.getCellById(id);
    const isAnswer = Boolean(node.dataset.name);
    const cell = { node, index, name, isAnswer, editor, printed, state, live, ran: false, edited: false };
    const run = () => this.run(cell);
    button.addEventListener("click", run);
    const keys = editor.getOption("extraKeys");
    // Tab has to leave the editor, or who has no mouse is caught in it.
    editor.setOption("extraKeys", { ...keys, "Shift-Enter": run, "Ctrl-Enter": run, Tab: false, "Shift-Tab": false });
    editor.on("change", () => {
      cell.edited = true;
      state.textContent = "edited, not run";
    });
    return cell;
  }

  /** Run a cell, and before it those above that have not been run in this kernel. An answer is the
   * reader's own, which nothing below needs: it is run when it is asked for. */
  run(cell) {
    return this.#through(cell, (other) => other === cell || !(other.ran || other.isAnswer));
  }

  /** Run all cells but the answers that nobody has begun. */
  runAll() {
    return this.#through(null, (other) => other.edited || !other.isAnswer);
  }

  #through(last, wanted) {
    const round = this.round;
    const end = last ? last.index + 1 : this.cells.length;
    this.queue = this.queue.then(async () => {
      for (const cell of this.cells.slice(0, end)) {
        if (round !== this.round) return; // restarted meanwhile
        if (!wanted(cell)) continue;
        const aim = !last ? ` of ${this.count}` : last === cell ? "" : `, for ${last.name}`;
        this.say(`Running ${cell.name}${cell.isAnswer ? "" : aim}…`, "busy");
        const error = await this.#execute(cell);
        if (round !== this.round) return;
        if (error) {
          unfold(cell.node);
          this.say(`${capitalised(cell.name)} stopped with ${error}`, "failed");
          return;
        }
      }
      this.say(last ? `${capitalised(last.name)} has run.` : "All cells have run.", "ready");
    });
    return this.queue;
  }

  async #execute(cell) {
    for (const old of cell.printed) old.classList.add("live-replaced");
    cell.node.setAttribute("aria-busy", "true");
    cell.state.textContent = "running…";
    const begun = performance.now();
    const lost = new Promise((resolve) => (this.giveUp = () => resolve(LOST)));
    const done = await Promise.race([cell.live.execute(cell.editor.getValue()), lost]);
    this.giveUp = null;
    cell.node.removeAttribute("aria-busy");
    settle(cell.node);
    const found = done ? done.error?.[0] : { ename: "no answer", evalue: "the kernel was ended" };
    cell.ran = !found;
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    cell.state.textContent = found ? `stopped: ${found.ename}` : `ran in ${seconds} s`;
    if (!found) return "";
    const hint = /No module named 'helpers'/.test(found.evalue)
      ? ". The server has another environment than the book: start it with the book's own Python."
      : "";
    return `${found.ename}: ${found.evalue}${hint}`;
  }

  /** The connection is there again. A kernel answers in turn: what it was asked before the question
   * that it answers now, and has not answered, never came to it. */
  async reconnected() {
    const { giveUp } = this;
    if (!giveUp) return;
    await this.session.kernel.requestKernelInfo();
    setTimeout(giveUp, 1000); // outputs come by another way than answers
  }

  /** A fresh kernel, in which nothing has been run. */
  async restart(first = "") {
    this.round += 1;
    this.say(`${first}Restarting the kernel…`, "busy");
    try {
      await this.session.restart();
    } catch {
      this.session = await this.begin(); // the kernel has died
      this.notebook.attachSession(this.session);
    }
    for (const cell of this.cells) {
      cell.ran = false;
      cell.state.textContent = "not run since the restart";
    }
    this.say(`${first}The kernel is fresh: nothing has been run in it.`, "ready");
  }
}

function capitalised(name) {
  return name[0].toUpperCase() + name.slice(1);
}

/** Put empty cells for the reader's answers under an exercise. */
function putUnder(exercise, sources) {
  const title = exercise.querySelector(".admonition-title").textContent.trim().replace(/\s+/g, " ");
  const cells = sources.map((source, index) => {
    const cell = document.createElement("div");
    cell.className = "cell live-answer";
    cell.dataset.name = `your answer to ${title}${index ? `, ${index + 1}` : ""}`;
    cell.innerHTML = '<div class="cell_input"><pre></pre></div>';
    cell.querySelector("pre").textContent = source;
    return cell;
  });
  exercise.after(...cells);
}

/** Where a cell's new outputs go, and what of the printed page they replace: not the caption. */
function place(node) {
  const output = document.createElement("div");
  output.className = "live-output";
  const captions = numbered(node);
  new MutationObserver(() => dress(output, captions)).observe(output, { childList: true, subtree: true });
  const whole = node.querySelector(".cell_output");
  if (!whole) {
    output.classList.add("cell_output");
    node.append(output);
    return { output, printed: [] };
  }
  const figure = whole.querySelector("figure");
  const printed = [...whole.children].filter((child) => child !== figure);
  if (figure) printed.push(...[...figure.children].filter((child) => child.localName !== "figcaption"));
  (figure || whole).prepend(output);
  return { output, printed };
}

// What an output of a kind is called on the printed page, and the box in it.
const KINDS = {
  "text/html": ["", "output text_html"],
  "text/plain": ["output text_plain", "highlight"],
  "application/vnd.jupyter.stdout": ["output stream", "highlight"],
};
const JUPYTER = ["jp-RenderedHTMLCommon", "jp-RenderedHTML", "jp-RenderedText", "jp-OutputArea-output"];

/** The captions of a cell's printed tables, with their numbers, by their words. */
function numbered(node) {
  const found = new Map();
  for (const caption of node.querySelectorAll(".cell_output caption")) {
    if (!caption.querySelector(".caption-number")) continue;
    const words = caption.cloneNode(true);
    for (const part of words.querySelectorAll(".caption-number, .headerlink, .cite-this")) part.remove();
    const table = caption.closest(".report-scroll");
    found.set(words.textContent.trim(), { html: caption.innerHTML, table, id: table.id, label: table.ariaLabel });
  }
  return found;
}

/** Give new outputs the names that those of the page have instead of Jupyter's, so that they look the same,
 * and new tables the numbers and addresses of the printed ones. */
function dress(output, captions) {
  for (const caption of output.querySelectorAll("caption")) {
    const printed = !caption.querySelector(".caption-number") && captions.get(caption.textContent.trim());
    if (!printed) continue;
    caption.innerHTML = printed.html;
    const table = caption.closest(".report-scroll");
    printed.table.removeAttribute("id");
    table.id = printed.id;
    table.ariaLabel = printed.label;
  }
  for (const part of output.querySelectorAll(".jp-OutputArea-output[data-mime-type]")) {
    const names = KINDS[part.dataset.mimeType];
    if (!names) continue;
    const [outer, inner] = names;
    part.classList.remove(...JUPYTER);
    part.classList.add(...inner.split(" "));
    part.closest(".jp-OutputArea-child").className = `live-dressed ${outer}`;
  }
}

/** Make new outputs part of the page: links to notebooks lead to the pages made of them, and what
 * scrolls sideways can be reached by keyboard. */
function settle(node) {
  for (const link of node.querySelectorAll('.live-output a[href$=".ipynb"]')) {
    const address = link.getAttribute("href");
    if (/^[a-z]+:/i.test(address)) continue;
    link.setAttribute("href", address.replace(/\.ipynb$/, ".html"));
    link.removeAttribute("target");
  }
  for (const part of node.querySelectorAll(".live-output :is(pre, .text_html, .jp-OutputArea-child)")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
  }
}

/** Open what hides a cell: a fold of its code, or of the solution that it is in. */
function unfold(node) {
  for (const fold of node.querySelectorAll("details")) fold.open ||= !!fold.querySelector(".thebe-cell");
  node.closest(".toggle-hidden")?.querySelector(".toggle-button")?.click();
  node.scrollIntoView({ block: "nearest" });
}
