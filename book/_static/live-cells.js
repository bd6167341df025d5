// The cells of the page, when a kernel is there: an editor, a button and a place for outputs each.

// All lines are drawn, so that the browser's own search finds them.
const EDITOR = { theme: "book", lineNumbers: false, lineWrapping: true, viewportMargin: Infinity };

/** All cells of a page, and the kernel that runs them in their order. */
export class Cells {
  constructor({ api, config, rendermime, session, begin, say }) {
    Object.assign(this, { session, begin, say });
    const nodes = [...document.querySelectorAll("div.cell")].filter((node) => node.querySelector(".cell_input pre"));
    const blocks = nodes.map((node, index) => ({
      id: `live-${index + 1}`,
      source: node.querySelector(".cell_input pre").textContent.trimEnd(),
    }));
    this.notebook = api.setupNotebookFromBlocks(blocks, config, rendermime);
    this.notebook.attachSession(session);
    this.cells = nodes.map((node, index) => this.#prepare(node, index + 1, blocks[index]));
    this.queue = Promise.resolve();
    this.round = 0;
  }

  #prepare(node, number, { id }) {
    const { output, printed } = place(node);
    const source = node.querySelector(".cell_input");
    const label = `Code of cell ${number}`;
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
    tools.innerHTML = `<button type="button" class="live-button" aria-label="Run cell ${number}">Run</button><span></span>`;
    (node.querySelector(".cell_output") || output).before(tools);
    const [button, state] = tools.children;

    const cell = { node, number, editor, printed, button, state, live: this.notebook.getCellById(id), ran: false };
    const run = () => this.run(cell);
    button.addEventListener("click", run);
    const keys = editor.getOption("extraKeys");
    // Tab has to leave the editor, or who has no mouse is caught in it.
    editor.setOption("extraKeys", { ...keys, "Shift-Enter": run, "Ctrl-Enter": run, Tab: false, "Shift-Tab": false });
    editor.on("change", () => {
      state.textContent = "edited, not run";
    });
    return cell;
  }

  /** Run a cell, and before it those above that have not been run in this kernel. */
  run(cell) {
    return this.#through(cell.number, (other) => other === cell || !other.ran);
  }

  runAll() {
    return this.#through(this.cells.length, () => true);
  }

  #through(last, wanted) {
    const round = this.round;
    this.queue = this.queue.then(async () => {
      for (const cell of this.cells.slice(0, last)) {
        if (round !== this.round) return; // restarted meanwhile
        if (!wanted(cell)) continue;
        this.say(`Running cell ${cell.number}${last > cell.number ? ` of ${last}` : ""}…`, "busy");
        const error = await this.#execute(cell);
        if (round !== this.round) return;
        if (error) {
          unfold(cell.node);
          this.say(`Cell ${cell.number} stopped with ${error}`, "failed");
          return;
        }
      }
      this.say(last === this.cells.length ? "All cells have run." : `Cell ${last} has run.`, "ready");
    });
    return this.queue;
  }

  async #execute(cell) {
    for (const old of cell.printed) old.classList.add("live-replaced");
    cell.node.setAttribute("aria-busy", "true");
    cell.state.textContent = "running…";
    const begun = performance.now();
    const done = await cell.live.execute(cell.editor.getValue());
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

  /** A fresh kernel, in which nothing has been run. */
  async restart() {
    this.round += 1;
    this.say("Restarting the kernel…", "busy");
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
    this.say("The kernel is fresh: nothing has been run in it.", "ready");
  }
}

/** Where a cell's new outputs go, and what of the printed page they replace: not the caption. */
function place(node) {
  const output = document.createElement("div");
  output.className = "live-output";
  const whole = node.querySelector(".cell_output");
  if (!whole) {
    node.append(output);
    return { output, printed: [] };
  }
  const figure = whole.querySelector("figure");
  const printed = [...whole.children].filter((child) => child !== figure);
  if (figure) printed.push(...[...figure.children].filter((child) => child.localName !== "figcaption"));
  (figure || whole).prepend(output);
  return { output, printed };
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
  for (const part of node.querySelectorAll(".live-output :is(pre, .jp-OutputArea-child)")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
  }
}

/** Open what hides a cell: a fold of its code, or of the solution that it is in. */
function unfold(node) {
  for (const fold of node.querySelectorAll("details:has(.thebe-cell)")) fold.open = true;
  node.closest(".toggle-hidden")?.querySelector(".toggle-button")?.click();
  node.scrollIntoView({ block: "nearest" });
}
