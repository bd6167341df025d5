// "Run this page": the button, the panel in which the reader says where code shall run, and the words
// that tell how it goes. Nothing else is loaded before the button is pressed; live-session.js, and
// with it Thebe, comes then. Addresses and tokens are kept for this tab only, in sessionStorage.
(() => {
  const KEPT = "live-server";
  const base = new URL(".", document.currentScript.src);
  const binder = JSON.parse(document.getElementById("live-config").textContent);
  const title = document.querySelector("article h1");
  if (!title) return;

  const element = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html.trim();
    return template.content.firstElementChild;
  };

  const bar = element(`
    <div class="live-bar" role="group" aria-label="Live code">
      <button type="button" class="live-button" data-do="start">Run this page</button>
      <button type="button" class="live-button" data-do="all" hidden>Run all</button>
      <button type="button" class="live-button" data-do="restart" hidden>Restart</button>
      <p class="live-status" role="status"></p>
    </div>`);
  const [start, all, restart] = bar.querySelectorAll("button");
  const status = bar.querySelector("p");
  title.after(bar);

  const say = (words, kind = "") => {
    status.textContent = words;
    status.dataset.kind = kind;
  };

  const help = new URL("../book/how-to-use.html#run-code-on-the-page", base);
  const panel = element(`
    <dialog class="live-panel" aria-labelledby="live-title">
      <h2 id="live-title">Where shall the code run?</h2>
      <form>
        <h3>On your own Jupyter server</h3>
        <p><code>make live</code> in the folder of the book starts one and opens the way to it.
          <a>Any other Jupyter server</a> does as well.</p>
        <label>Address <input name="address" type="url" required autocomplete="off"></label>
        <label>Token <input name="token" required autocomplete="off" spellcheck="false"></label>
        <p class="live-note">Both are kept in this tab only, until you close it.</p>
        <button class="live-button">Connect</button>
      </form>
      <section>
        <h3>On Binder</h3>
        <p>This contacts <b></b>, which fetches the book's repository and lends a machine. It can take
          some minutes, and ends when it is not used.</p>
        <button type="button" class="live-button"></button>
      </section>
      <button type="button" class="live-button" data-do="close">Close</button>
    </dialog>`);
  const form = panel.querySelector("form");
  const lender = panel.querySelector("section");
  panel.querySelector("a").href = help;
  document.body.append(panel);
  if (binder.repo) {
    const host = new URL(binder.binderUrl).host;
    lender.querySelector("b").textContent = host;
    lender.querySelector("button").textContent = `Start on ${host}`;
  } else lender.remove();

  // Which server: an address may bring its token along, as the one that Jupyter prints does.
  const server = (address, token) => {
    const url = new URL(address);
    const found = token || url.searchParams.get("token") || "";
    const path = url.pathname.replace(/\/(lab|tree|notebooks?)(\/.*)?$/, "").replace(/\/*$/, "/");
    return { address: url.origin + path, token: found };
  };
  const kept = () => JSON.parse(sessionStorage.getItem(KEPT) || "null");
  const keep = (server) => sessionStorage.setItem(KEPT, JSON.stringify(server));
  const local = (address) => /^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(address).hostname);

  const ask = ({ address, token } = {}) => {
    form.address.value = address || "http://127.0.0.1:8888/";
    form.token.value = token || "";
    panel.showModal();
    (token ? form.address : form.token).focus();
  };

  let session = null;
  let trying = false;
  let failed = false;

  const connect = async (where) => {
    if (trying || session) return;
    trying = true;
    start.setAttribute("aria-disabled", "true");
    say("Loading what is needed…", "busy");
    try {
      const { open } = await import(new URL("live-session.js", base));
      session = await open({ base, where, say, keep });
      failed = false;
      start.hidden = true;
      all.hidden = restart.hidden = false;
      if (document.activeElement === start || document.activeElement === document.body) all.focus();
    } catch (error) {
      failed = true;
      say(`Not connected. ${error.sentence || error.message || error}`, "failed");
    } finally {
      trying = false;
      start.removeAttribute("aria-disabled");
    }
  };

  start.addEventListener("click", () => {
    if (trying) return;
    if (location.protocol === "file:") {
      say("This page was opened as a file, which no server lets in: run make live, and open it there.", "failed");
    } else if (kept() && !failed) connect(kept());
    else ask(kept() || undefined);
  });
  all.addEventListener("click", () => session.runAll());
  restart.addEventListener("click", () => session.restart());
  panel.querySelector("[data-do=close]").addEventListener("click", () => panel.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const where = server(form.address.value, form.token.value.trim());
    keep(where);
    panel.close();
    connect(where);
  });
  form.address.addEventListener("change", () => {
    const token = URL.canParse(form.address.value) && server(form.address.value).token;
    if (token) form.token.value = token;
  });
  if (binder.repo) {
    lender.querySelector("button").addEventListener("click", () => {
      panel.close();
      connect({ binder });
    });
  }

  // An address that ends in #jupyter=http://127.0.0.1:8888/&token=… says where at once. It is taken out
  // of the address bar, and followed without asking only to a server of this machine.
  const follow = () => {
    const found = location.hash.match(/^#jupyter=([^&]+)&token=(.+)$/);
    if (!found) return;
    history.replaceState(null, "", location.pathname + location.search);
    const [address, token] = found.slice(1).map(decodeURIComponent);
    if (!URL.canParse(address)) return say("The address names a server that cannot be read.", "failed");
    const where = server(address, token);
    if (local(where.address)) {
      keep(where);
      connect(where);
    } else {
      say(`The address names a server elsewhere, ${new URL(address).host}: nothing was sent to it.`, "failed");
      ask(where);
    }
  };
  window.addEventListener("hashchange", follow);
  follow();
})();
