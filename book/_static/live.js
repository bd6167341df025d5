// "Run this page": the button, and the words that tell how it goes. It is there only where it leads
// somewhere: where Binder is known, where the page comes from this machine, as with make live, and where
// this tab has a server already. Nothing else is loaded before it is pressed. Then live-places.js asks
// where the code should run, and live-session.js, and with it Thebe, runs it. Addresses and tokens are
// kept for this tab only, in sessionStorage.
(() => {
  const KEPT = "live-server";
  const base = new URL(".", document.currentScript.src);
  const { binder, browser, answers } = JSON.parse(document.getElementById("live-config").textContent);
  const title = document.querySelector("article h1");
  if (!title || location.protocol === "file:") return; // no server lets a file in

  const template = document.createElement("template");
  template.innerHTML = `
    <div class="live-bar" role="group" aria-label="Live code">
      <button type="button" class="live-button" data-do="start">Run this page</button>
      <button type="button" class="live-button" data-do="all" hidden>Run all</button>
      <button type="button" class="live-button" data-do="restart" hidden>Restart</button>
      <button type="button" class="live-button" data-do="stop" hidden>Stop</button>
      <progress class="live-progress" aria-label="Fetched" hidden></progress>
      <p class="live-status" role="status"></p>
    </div>`;
  const bar = template.content.firstElementChild;
  const [start, all, restart, stop] = bar.querySelectorAll("button");
  const status = bar.querySelector("p");
  const offer = () => bar.isConnected || title.after(bar);
  const say = (words, kind = "") => {
    status.textContent = words;
    status.dataset.kind = kind;
    stop.hidden = !(inBrowser && kind === "busy");
  };
  const progress = bar.querySelector("progress");
  const show = (share) => {
    progress.hidden = share === null;
    progress.value = share ?? 0;
  };

  const usable = (where) => where && (!where.here || (browser && !browser.why));
  const kept = () => JSON.parse(sessionStorage.getItem(KEPT) || "null");
  const keep = (server) => sessionStorage.setItem(KEPT, JSON.stringify(server));
  const local = (address) => /^(127(\.\d+){3}|localhost|\[::1\])$/.test(new URL(address).hostname);
  const load = (name) => import(new URL(name, base));

  let inBrowser = null; // what is known of the browser as a place, once it is the one chosen
  let panel = null;
  let python = null;
  let session = null;
  let trying = false;
  let failed = false;

  const ask = async (known) => {
    const { makePanel } = await load("live-places.js");
    panel ||= makePanel({ base, binder, browser, connect, keep });
    panel.ask(known?.here ? null : known);
  };

  const connect = async (where) => {
    if (trying || session) return;
    trying = true;
    start.setAttribute("aria-disabled", "true");
    inBrowser = where.here ? { ...browser, show, began: (it) => (python = it) } : null;
    say("Loading what is needed…", "busy");
    try {
      const { open } = await load("live-session.js");
      session = await open({ base, where, browser: inBrowser, answers, say, keep });
      failed = false;
      start.hidden = true;
      all.hidden = restart.hidden = false;
      if (document.activeElement === start || document.activeElement === document.body) all.focus();
    } catch (error) {
      failed = true;
      const why = error.sentence || error.message || error;
      if (where.here && python?.stopped) say("Stopped, before Python was there. Press the button to begin again.");
      else say(`${where.here ? "Python did not start" : "Not connected"}. ${why}`, "failed");
    } finally {
      trying = false;
      start.removeAttribute("aria-disabled");
    }
  };

  start.addEventListener("click", () => {
    if (trying) return;
    if (usable(kept()) && !failed) connect(kept());
    else ask(kept());
  });
  all.addEventListener("click", () => session.runAll());
  stop.addEventListener("click", () => (session ? session.restart("Stopped: what was computed is gone. ") : python?.stop()));
  restart.addEventListener("click", () => session.restart());

  // An address that ends in #jupyter=http://127.0.0.1:8888/&token=… says where at once. It is taken out
  // of the address bar, and followed without asking only to a server of this machine.
  const follow = async () => {
    const found = location.hash.match(/^#jupyter=([^&]+)&token=(.+)$/);
    if (!found) return;
    history.replaceState(null, "", location.pathname + location.search);
    offer();
    const [address, token] = found.slice(1).map(decodeURIComponent);
    if (!URL.canParse(address)) return say("The address names a server that cannot be read.", "failed");
    const { server } = await load("live-places.js");
    const where = server(address, token);
    if (local(where.address)) {
      keep(where);
      connect(where);
    } else {
      say(`The address names a server elsewhere, ${new URL(address).host}: nothing was sent to it.`, "failed");
      ask(where);
    }
  };
  if (binder.repo || browser || local(location.href) || usable(kept())) offer();
  window.addEventListener("hashchange", follow);
  follow();
})();
