// What happens after the button: find out whether the server can be used, load Thebe, start a kernel,
// and make every cell of the page one that can be edited and run.
import { Cells } from "./live-cells.js";

const WIDGETS = "application/vnd.jupyter.widget-view+json";
const NO_MATH = { mathjaxUrl: "", mathjaxConfig: "" }; // or Thebe would fetch MathJax 2 from a CDN

const READY = "Ready. Edit any cell; Run or Shift+Enter runs it, Tab leaves it.";

class Refusal extends Error {
  constructor(sentence) {
    super(sentence);
    this.sentence = sentence;
  }
}

/** A session of a kernel, whose cells are on the page. */
export async function open({ base, where, browser, answers, say: show, keep }) {
  let last = [];
  const say = (...words) => show(...(last = words));
  if (browser) return inBrowser(base, browser, answers, say);
  const server = where.binder ? await lend(base, where.binder, say) : await reach(base, where, say);
  if (where.binder) keep({ address: server.settings.baseUrl, token: server.settings.token });
  const kernelName = await python(server);
  const rendermime = thebeCore.api.makeRenderMimeRegistry(NO_MATH);

  let cells;
  // Jupyter gives a session of the same path the same kernel: each page has a path of its own.
  const path = `book-${crypto.randomUUID()}.ipynb`;
  const begin = async () => {
    say("Starting a Python kernel…", "busy");
    const session = await server.startNewSession(rendermime, { kernelName, path }).catch(() => null);
    const answers = session && (await within(60, session.kernel.info));
    if (!answers) throw new Refusal("The kernel did not start: the server's own messages say why.");
    // Widgets of packages would be fetched from a CDN. No chapter has any.
    rendermime.removeMimeType(WIDGETS);
    session.kernel.registerCommTarget("jupyter.widget", () => {});
    session.kernel.connectionStatusChanged.connect((_, status) => {
      if (status === "connecting") show("The connection is lost; trying again…", "busy");
      if (status === "connected") {
        show(...last); // a cell may be running, or have run meanwhile
        cells?.reconnected();
      }
      if (status === "disconnected") show("The server is gone: start it again, and load this page again.", "failed");
    });
    return session;
  };
  const session = await begin();
  window.addEventListener("pagehide", (event) => event.persisted || end(server, session));
  const { api } = thebeCore;
  cells = new Cells({ api, config: server.config, rendermime, session, answers, begin, say });
  say(READY, "ready");
  return cells;
}

/** Cells whose Python runs in this browser. */
async function inBrowser(base, browser, answers, say) {
  const { Session } = await import("./live-browser.js");
  const session = new Session(base, browser, say);
  browser.began(session);
  await Promise.all([session.begin(), load(base)]);
  const { api } = thebeCore;
  const rendermime = api.makeRenderMimeRegistry(NO_MATH);
  rendermime.removeMimeType(WIDGETS);
  const begin = () => session.begin().then(() => session);
  const cells = new Cells({ api, config: configuration({}), rendermime, session, answers, begin, say });
  say(READY, "ready");
  return cells;
}

/** The reader's own server, once it is known that it can be used. */
async function reach(base, { address, token }, say) {
  say(`Connecting to ${address} …`, "busy");
  await examine(address, token);
  await load(base);
  const server = thebeCore.api.connectToJupyter(
    configuration({ serverSettings: { baseUrl: address, token, appendToken: true } }),
  );
  await server.ready;
  return server;
}

/** A server that Binder lends. */
async function lend(base, binderOptions, say) {
  const host = new URL(binderOptions.binderUrl).host;
  say(`Asking ${host} for a machine…`, "busy");
  await load(base);
  const config = configuration({ binderOptions });
  config.events.on("status", (_, { subject, message }) => {
    const phase = message.match(/^Binder is: (\w+)/);
    if (subject === "server" && phase) say(`${host} is at work: ${phase[1]}…`, "busy");
  });
  const server = thebeCore.api.connectToBinder(config);
  await server.ready.catch(() => {
    throw new Refusal(`${host} did not give a machine: try again later, or use a server of your own.`);
  });
  return server;
}

function configuration(options) {
  // Thebe would keep Binder's token in localStorage.
  return thebeCore.api.makeConfiguration({ ...NO_MATH, savedSessionOptions: { enabled: false }, ...options });
}

/** Say why a server cannot be used, which a browser tells only to one who asks step by step. */
async function examine(address, token) {
  const ask = (path, options) =>
    fetch(new URL(path, address), { cache: "no-store", signal: AbortSignal.timeout(10_000), ...options });
  let version;
  try {
    version = await ask("api"); // which every Jupyter server answers without a token
  } catch {
    const there = await ask("api", { mode: "no-cors" }).catch(() => null);
    if (!there && (await forbidden())) {
      throw new Refusal("The browser does not let this page reach your machine: allow it in the settings of this site.");
    }
    throw new Refusal(
      there
        ? `The server at ${address} does not let this page in: start it with --ServerApp.allow_origin=${location.origin}`
        : `Nothing answers at ${address}: start the server, or correct the address.`,
    );
  }
  const about = await version.json().catch(() => ({}));
  if (!about.version) throw new Refusal(`What answers at ${address} is not a Jupyter server.`);
  const status = await ask("api/status", { headers: { Authorization: `token ${token}` } }).catch(() => null);
  if (!status?.ok) {
    throw new Refusal(`The server at ${address} refuses the token: copy it again from where the server shows it.`);
  }
}

/** Whether the browser has been told not to let this site reach the machine that it runs on. */
async function forbidden() {
  for (const name of ["loopback-network", "local-network-access"]) {
    const found = await navigator.permissions.query({ name }).catch(() => null); // not known everywhere
    if (found) return found.state === "denied";
  }
  return false;
}

/** The name of a Python kernel of the server. */
async function python(server) {
  const { default: usual, kernelspecs } = await server.getKernelSpecs().catch((error) => {
    if (/kernelspecs/.test(error.message)) return { kernelspecs: {} }; // it has none at all
    throw error;
  });
  const names = ["python3", usual, ...Object.keys(kernelspecs)];
  const name = names.find((name) => kernelspecs[name]?.language === "python");
  if (!name) throw new Refusal("The server has no Python kernel: install ipykernel in its environment.");
  return name;
}

/** Load Thebe. Its styles go into a layer, so that the book's own prevail. */
async function load(base) {
  if (window.thebeCore) return;
  const style = document.createElement("style");
  style.textContent = `@import url("${new URL("thebe/thebe.css", base)}") layer(thebe);`;
  document.head.append(style);
  const script = document.createElement("script");
  script.src = new URL("thebe/index.js", base);
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Refusal("A file of the book is missing: build it again."));
    document.head.append(script);
  });
}

async function within(seconds, promise) {
  const late = new Promise((resolve) => setTimeout(resolve, seconds * 1000, null));
  return Promise.race([promise.catch(() => null), late]);
}

/** End a kernel when its page is closed. */
function end(server, session) {
  const { baseUrl, token } = server.settings;
  fetch(new URL(`api/sessions/${session.id}`, baseUrl), {
    method: "DELETE",
    keepalive: true,
    headers: { Authorization: `token ${token}` },
  }).catch(() => {});
}
