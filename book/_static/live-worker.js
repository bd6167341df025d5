// Python in a worker of the page: Pyodide, the packages of the chapter, and IPython on top of them, whose
// messages go to the page as those of a kernel do. See live-browser.js for the other side.

const folder = new URL("python/", import.meta.url);
const hex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
let kernel = null;

// What cannot be fetched ends all: Pyodide itself would wait for ever.
const unfetched = (file) => `A file could not be fetched, or is not as it was made: ${file}. Check the network`;
const { fetch: plain } = globalThis;
globalThis.fetch = async (what, ...more) => {
  const address = String(what.url || what);
  const core = address.endsWith("/pyodide.asm.wasm"); // which comes compressed
  const answer = await plain(core ? `${address}.gz` : what, ...more).catch(() => null);
  if (!answer?.ok) {
    postMessage({ failed: unfetched(address.split("/").pop()) });
    throw new Error(`${address} is missing`);
  }
  if (!core) return answer;
  // A server that calls the file compressed has the browser unpack it.
  const unpacked = answer.headers.get("Content-Encoding");
  const body = unpacked ? answer.body : answer.body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(body, { headers: { "Content-Type": "application/wasm" } });
};

async function begin(names) {
  const lock = await (await fetch(new URL("pyodide-lock.json", folder), { cache: "no-cache" })).json();
  // A published version may have its core in the folder of another; see publish.py.
  const place = new URL(lock.info.core_folder, folder);
  const lockFileURL = new URL("empty-lock.json", folder).href;
  const booting = import(new URL("pyodide.js", place)).then(
    (core) => core.loadPyodide({ indexURL: place.href, lockFileURL }),
    () => Promise.reject(new Error(unfetched("pyodide.js"))),
  );
  let fetched = 0;
  const core = booting.then((python) => {
    postMessage({ fetched: (fetched += lock.info.core) });
    return python;
  });
  const archives = names.map(async (name) => {
    const { file_name, sha256, size } = lock.packages[name];
    const integrity = `sha256-${btoa(String.fromCharCode(...hex(sha256)))}`;
    const answer = await fetch(new URL(file_name, folder), { integrity });
    const content = await answer.arrayBuffer();
    postMessage({ fetched: (fetched += size) });
    return [name, content];
  });
  const source = fetch(new URL("live-kernel.py", import.meta.url)).then((answer) => answer.text());
  const python = await core;
  python.runPython(await source);
  kernel = python.globals.get("Kernel")(lock.packages, folder.href, (text) => postMessage({ said: text }));
  for (const archive of archives) kernel.install(...(await archive));
  // What other compiled modules lean on has to be there before them; those are loaded as they are imported.
  await python._api.loadDynlib("/usr/lib/libopenblas.so", true, []);
  if (names.includes("pyarrow")) {
    // Its module `lib` has the name of one of pandas, and is found only when it is there by its full name.
    const place = "/lib/python3.12/site-packages/pyarrow";
    await python._api.loadDynlib(`${place}/libarrow_python.so`, true, [place]);
    await python._api.loadDynlib(`${place}/lib.cpython-312-wasm32-emscripten.so`, false, [place]);
  }
  postMessage({ state: "Starting Python…" });
  kernel.start();
  postMessage({ ready: true });
  kernel.prepare();
}

onmessage = async ({ data }) => {
  try {
    if (data.begin) await begin(data.begin);
    else postMessage({ done: data.id, count: kernel.run(data.id, data.code) });
  } catch (error) {
    postMessage({ failed: String(error.message || error) });
  }
};
