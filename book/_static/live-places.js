// Where the code of a page can run: the places, best first, and the panel that asks for one of them.
// A further place is a further function that returns its name, what the panel says of it, and what its
// controls do; it is added to the list in makePanel.

/** Which server: an address may bring its token along, as the one that Jupyter prints does. */
export function server(address, token) {
  const url = new URL(address);
  const found = token || url.searchParams.get("token") || "";
  const path = url.pathname.replace(/\/(lab|tree|notebooks?)(\/.*)?$/, "").replace(/\/*$/, "/");
  return { address: url.origin + path, token: found };
}

/** The browser itself, where the files for it came with the book. */
function here({ browser, choose, keep }) {
  if (!browser) return null;
  const name = "In this browser";
  if (browser.why) return { name, open: true, html: `<p>Not this chapter: ${browser.why}</p>`, prepare: () => () => null };
  const megabytes = Math.round(browser.bytes / 1e6);
  const little = navigator.deviceMemory <= 2; // gigabytes, which Chromium tells and others do not
  return {
    name,
    html: `
      <p>Python runs in this tab, without a server or an account. It fetches <b>${megabytes} MB</b> from this site; the next
        time your browser may still have them. What you write stays here. Other chapters that you open in this tab then
        run here too.</p>
      <p class="live-note">It is slower than Python on a server, and cannot check a cohort of your own. It needs more
        memory than some phones have: there the browser may end the tab${little ? ", <b>and this device has little</b>" : ""}. A reload begins anew.${browser.note ? ` ${browser.note}` : ""}</p>
      <button type="button" class="live-button">Run in this browser</button>`,
    prepare(part) {
      const button = part.querySelector("button");
      button.addEventListener("click", () => {
        keep({ here: true });
        choose({ here: true });
      });
      return () => button;
    },
  };
}

/** A machine that Binder lends, where the book knows its repository. */
function borrowed({ binder, choose }) {
  if (!binder.repo) return null;
  const { host } = new URL(binder.binderUrl);
  return {
    name: "On Binder",
    html: `
      <p>This contacts <b>${host}</b>, which fetches the book's repository and lends a machine. It can take some
        minutes, and ends when it is not used.</p>
      <button type="button" class="live-button">Start on ${host}</button>`,
    prepare(part) {
      const button = part.querySelector("button");
      button.addEventListener("click", () => choose({ binder }));
      return () => button;
    },
  };
}

/** A Jupyter server of the reader's own. */
function own({ base, choose, keep }) {
  const help = new URL("../book/how-to-use.html#run-code-on-the-page", base);
  return {
    name: "On your own Jupyter server",
    html: `
      <p><code>make live</code> in the folder of the book starts one and connects this page to it.
        <a href="${help}">Any other Jupyter server</a> does as well.</p>
      <form>
        <label>Address <input name="address" type="url" required autocomplete="off"></label>
        <label>Token <input name="token" required autocomplete="off" spellcheck="false"></label>
        <p class="live-note">Both are kept in this tab only, until you close it.</p>
        <button class="live-button">Connect</button>
      </form>`,
    prepare(part) {
      const form = part.querySelector("form");
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const where = server(form.address.value, form.token.value.trim());
        keep(where);
        choose(where);
      });
      form.address.addEventListener("change", () => {
        const token = URL.canParse(form.address.value) && server(form.address.value).token;
        if (token) form.token.value = token;
      });
      return (known) => {
        form.address.value = known?.address || "http://127.0.0.1:8888/";
        form.token.value = known?.token || "";
        if (known) part.open = true;
        return known ? form.querySelector("button") : form.token;
      };
    },
  };
}

/** The panel, with the first place open and the others folded; `ask` shows it, and takes a server that
 * is known already, for its form to begin with. */
export function makePanel({ base, binder, browser, connect, keep }) {
  const panel = document.createElement("dialog");
  panel.className = "live-panel";
  panel.setAttribute("aria-labelledby", "live-title");
  panel.innerHTML = `
    <h2 id="live-title">Where should the code run?</h2>
    <button type="button" class="live-button">Close</button>`;
  const close = panel.lastElementChild;
  close.addEventListener("click", () => panel.close());
  const choose = (where) => {
    panel.close();
    connect(where);
  };
  const order = browser?.why ? [borrowed, own, here] : [here, borrowed, own];
  const places = order.map((place) => place({ base, binder, browser, choose, keep })).filter(Boolean);
  const ready = places.map(({ name, html, prepare, open }, rank) => {
    const part = document.createElement(rank ? "details" : "section");
    part.className = "live-place";
    if (rank && open) part.open = true;
    part.innerHTML = (rank ? `<summary>${name}</summary>` : `<h3>${name}</h3>`) + html;
    close.before(part);
    return prepare(part);
  });
  document.body.append(panel);
  panel.ask = (known) => {
    const controls = ready.map((begin) => begin(known));
    panel.showModal();
    (known ? controls.findLast(Boolean) : controls[0]).focus();
  };
  return panel;
}
