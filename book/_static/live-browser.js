// A session without a server: Python in a worker of this page. It has what the cells of Thebe ask of a
// session, `kernel.requestExecute` and `restart`; an endless loop ends with the worker.

export class Session {
  constructor(base, { packages, bytes, show }, say) {
    Object.assign(this, { base, packages, bytes, show, say });
    this.kernel = { requestExecute: ({ code }) => this.#execute(code) };
    this.cells = new Map();
    this.number = 0;
  }

  begin() {
    this.stopped = false;
    this.gone = "";
    this.say("Fetching Python and what this chapter needs…", "busy");
    this.show(0);
    this.worker = new Worker(new URL("live-worker.js", this.base), { type: "module" });
    this.ready = new Promise((resolve, reject) => {
      this.giveUp = (words) => {
        this.worker.terminate();
        this.gone = words;
        this.show(null);
        this.#endAll(words);
        reject(new Error(words));
      };
      this.worker.onerror = () => this.giveUp("A file of the book is missing, or this browser is too old.");
      this.worker.onmessage = ({ data }) => {
        if (data.fetched) this.show(Math.min(data.fetched / this.bytes, 1));
        if (data.state) this.say(data.state, "busy");
        if (data.said) this.#tell(JSON.parse(data.said));
        if (data.done) this.#end(data.done, data.count);
        if (data.failed) this.giveUp(`${data.failed}.`);
        if (data.ready) {
          this.show(null);
          resolve();
        }
      };
      this.worker.postMessage({ begin: this.packages });
    });
    return this.ready;
  }

  /** A fresh Python; whatever runs is ended. */
  async restart() {
    this.stop();
    await this.begin();
  }

  /** End Python, in the middle of a cell if there is one. */
  stop() {
    this.stopped = true;
    this.giveUp("Stopped.");
  }

  /** Let no cell wait for a Python that is gone. */
  #endAll(words) {
    for (const id of this.cells.keys()) {
      const content = { ename: "Ended", evalue: `${words} What Python had computed is gone.`, traceback: [] };
      this.#tell([id, "error", content]);
      this.#end(id, null);
    }
  }

  #execute(code) {
    const id = (this.number += 1);
    const future = { dispose() {}, onIOPub: null };
    future.done = new Promise((resolve) => this.cells.set(id, { future, resolve }));
    const { worker } = this;
    const ended = () => this.#endAll(`${this.gone} Restart begins a new Python.`);
    this.ready.then(() => (this.gone ? ended() : worker.postMessage({ id, code })), ended);
    return future;
  }

  #tell([id, kind, content]) {
    if (kind === "state") return this.say(content, "busy");
    this.cells.get(id)?.future.onIOPub?.({ header: { msg_type: kind }, parent_header: {}, metadata: {}, content });
  }

  #end(id, count) {
    const cell = this.cells.get(id);
    this.cells.delete(id);
    cell?.resolve({ content: { status: "ok", execution_count: count } });
  }
}
