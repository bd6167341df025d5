/* The search page: ranks the sections of `sections.js` for what is typed, while it is typed.

   A word counts by BM25, more in a heading; a phrase counts more than its words. Words that the book
   does not have are taken for the nearest that it has, abbreviations for what the glossary has. */

(() => {
  "use strict";

  const MOST = 40; // results
  const AROUND = 160; // characters of an excerpt
  const HEADING = 6; // how many times of the text a word of a heading counts
  const ASIDE = ["Further reading", "Where to go next", "References"]; // words without what they mean
  const RARE = 4; // sections; a word in fewer may be a slip: "logrank"
  const EXAMPLES = ["hazard ratio", "log-rank test", "number at risk", "cut-point"];

  const stemmer = new Stemmer(); // of Sphinx's language_data.js
  const plain = (text) => text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();
  const split = (text) => plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  const stem = (word) => stemmer.stemWord(word);

  /* ---- What there is: sections, and of each stem where it stands and how often. */

  const sections = [];
  const places = new Map(); // stem → Map(number of the section → weight)
  const known = new Map(); // word → stem
  let meanLength = 1;

  const count = (words, number, weight) => {
    for (const word of words) {
      const root = stem(word);
      known.set(word, root);
      if (!places.has(root)) places.set(root, new Map());
      const at = places.get(root);
      at.set(number, (at.get(number) ?? 0) + weight);
    }
  };

  const read = () => {
    for (const [address, page, parts] of bookSections.pages) {
      parts.forEach(([anchor, heading, text], position) => {
        const words = split(text);
        const number = sections.length;
        const isTerm = anchor.startsWith("term-");
        sections.push({
          address: position && anchor ? `${address}#${anchor}` : address,
          heading, page, text, isTerm, length: words.length + HEADING,
          flat: ` ${words.join(" ")} `,
          names: isTerm ? heading.split(", ").map((name) => split(name).join(" ")) : [],
          flatHeading: ` ${split(heading).join(" ")} `,
        });
        count(words, number, 1);
        count(split(heading), number, HEADING);
      });
    }
    meanLength = sections.reduce((sum, { length }) => sum + length, 0) / (sections.length || 1);
  };

  /* ---- What is asked: each word as the stems that answer it. */

  /* Edits from one word to another, neighbours that changed places among them, or more than `most`. */
  const distance = (a, b, most) => {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    let before, row = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
          next[j] = Math.min(next[j], before[j - 2] + 1);
        }
      }
      [before, row] = [row, next];
    }
    return row[b.length];
  };

  const often = (word) => places.get(known.get(word)).size;

  const nearest = (word) => {
    const most = word.length < 4 ? 0 : word.length < 6 ? 1 : 2;
    let best, least = most + 1;
    for (const other of known.keys()) {
      const far = distance(word, other, most);
      if (far < least || (far === least && best && far <= most && often(other) > often(best))) {
        [best, least] = [other, far];
      }
    }
    return best;
  };

  const inTwo = (word) => {
    for (let at = 3; at <= word.length - 3; at++) {
      const parts = [word.slice(0, at), word.slice(at)];
      if (parts.every((part) => known.has(part))) return parts;
    }
    return undefined;
  };

  /* A word as alternatives, each a list of stems that have to stand together, and what was read for it. */
  const understood = (word) => {
    const long = bookSections.short[word] ?? [];
    const ways = long.map((words) => split(words).map(stem));
    if (places.has(stem(word))) ways.push([stem(word)]);
    if (long.length) return { ways, said: `${word} as ${long.join(" or ")}` };
    const parts = inTwo(word);
    if (ways.length) {
      if (parts && places.get(stem(word)).size < RARE) ways.push(parts.map(stem));
      return { ways };
    }
    if (parts) return { ways: [parts.map(stem)], instead: parts.join(" ") };
    const other = nearest(word);
    if (other) return { ways: [[stem(other)]], instead: other };
    return { ways: [], unknown: word };
  };

  /* The same for a word that may not have been typed to its end. */
  const begun = (word) => {
    const longer = [...known.keys()].filter((other) => word.length > 1 && other.startsWith(word));
    return longer.length ? { ways: [...new Set(longer.map(stem))].map((root) => [root]) } : undefined;
  };

  /* ---- Ranking. */

  const weigh = (root, number) => {
    const at = places.get(root);
    const times = at?.get(number) ?? 0;
    if (!times) return 0;
    const rare = Math.log(1 + (sections.length - at.size + 0.5) / (at.size + 0.5));
    const long = 0.3 + (0.7 * sections[number].length) / meanLength;
    return (rare * times * 2.2) / (times + 1.2 * long);
  };

  const together = (way, number) => {
    const weights = way.map((root) => weigh(root, number));
    return weights.every(Boolean) ? weights.reduce((a, b) => a + b) : 0;
  };

  const found = (asked, phrases) => {
    const useful = asked.filter(({ ways }) => ways.length);
    const candidates = new Set(
      useful.flatMap(({ ways }) => ways.flatMap((way) => [...(places.get(way[0])?.keys() ?? [])])),
    );
    const results = [];
    for (const number of candidates) {
      const weights = useful.map(({ ways }) => Math.max(...ways.map((way) => together(way, number))));
      const share = weights.filter(Boolean).length / useful.length;
      if (!share) continue;
      const section = sections[number];
      let score = weights.reduce((a, b) => a + b) * share ** 3;
      for (const phrase of phrases) {
        if (section.flatHeading.includes(` ${phrase} `)) {
          const names = section.names.map((name) => name.length);
          const least = Math.min(section.flatHeading.length - 2, ...names.filter((n) => n >= phrase.length));
          score *= 1 + (2 * phrase.length) / least;
          if (section.flatHeading.startsWith(` ${phrase} `)) score *= 1.2;
        } else if (section.flat.includes(` ${phrase} `)) score *= 1.3;
      }
      if (ASIDE.includes(section.heading || section.page)) score *= 0.5;
      results.push({ section, score, whole: share === 1 });
    }
    results.sort((a, b) => b.score - a.score);
    const whole = results.filter((result) => result.whole);
    return whole.length ? whole : results;
  };

  const answer = (words, asked) => {
    const read = words.map((word, i) => asked[i].instead ?? word).join(" ");
    const phrases = [read, ...words.flatMap((word) => bookSections.short[word] ?? [])];
    return {
      asked,
      read: read === words.join(" ") ? "" : read,
      unknown: asked.map(({ unknown }) => unknown).filter(Boolean),
      results: found(asked, [...new Set(phrases.map((phrase) => split(phrase).join(" ")))]),
    };
  };

  const search = (query) => {
    const words = split(query);
    const asked = words.map(understood);
    const first = answer(words, asked);
    const longer = begun(words.at(-1));
    if (!longer || (!first.read && first.results[0]?.whole)) return first;
    const second = answer(words, [...asked.slice(0, -1), longer]);
    return second.results[0]?.whole ? second : first;
  };

  /* Terms of the glossary that look like what was typed: by the pairs of letters that both have. */
  const pairs = (text) => new Set([...text].slice(1).map((letter, i) => text[i] + letter));
  const similar = (query) => {
    const asked = pairs(split(query).join(" "));
    return sections
      .filter(({ isTerm }) => isTerm)
      .map((section) => {
        const share = Math.max(...section.names.map((name) => {
          const has = pairs(name);
          return (2 * [...asked].filter((pair) => has.has(pair)).length) / (asked.size + has.size || 1);
        }));
        return { section, share };
      })
      .filter(({ share }) => share > 0.25)
      .sort((a, b) => b.share - a.share)
      .slice(0, 5)
      .map(({ section }) => section);
  };

  /* ---- The page. */

  const make = (tag, contents = [], attributes = {}) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...[contents].flat());
    return element;
  };

  const link = (words, href) => make("a", words, { href });

  const marked = (text, stems) =>
    text.split(/([\p{L}\p{N}\p{Mn}]+)/u).map((part, i) =>
      i % 2 && stems.has(stem(plain(part))) ? make("mark", part) : part);

  const excerpt = ({ text }, stems) => {
    let first = 0;
    for (const match of text.matchAll(/[\p{L}\p{N}\p{Mn}]+/gu)) {
      if (stems.has(stem(plain(match[0])))) {
        first = match.index;
        break;
      }
    }
    const start = first < AROUND / 2 ? 0 : text.indexOf(" ", first - AROUND / 2) + 1;
    const stop = text.length <= start + AROUND ? text.length : text.lastIndexOf(" ", start + AROUND);
    const words = text.slice(start, stop > start ? stop : start + AROUND);
    return [start ? "… " : "", ...marked(words, stems), start + words.length < text.length ? " …" : ""];
  };

  const further = (place) => {
    const { glossary, index } = place.dataset;
    const ways = glossary ? [link("glossary", glossary), " or the "] : [];
    return make("p", ["You can also look through the ", ...ways, link("index", index), "."]);
  };

  const show = (place, query) => {
    const said = (...words) => make("p", words, { className: "search-summary", role: "status" });
    if (!split(query).length) {
      const examples = EXAMPLES.flatMap((words, i) => [
        i ? ", " : "", link(words, `?q=${encodeURIComponent(words)}`)]);
      place.replaceChildren(
        said("Type one or more words, for example ", ...examples, "."), further(place));
      return;
    }
    const { asked, read, unknown, results } = search(query);
    if (!results.length) {
      const terms = similar(query);
      const near = terms.flatMap((term, i) => [i ? ", " : "", link(term.heading, term.address)]);
      place.replaceChildren(
        said(`Nothing was found for “${query.trim()}”.`),
        ...(near.length ? [make("p", ["Terms that look like it: ", ...near, "."])] : []),
        further(place));
      return;
    }
    const notes = [];
    if (read) notes.push(`Searched for “${read}” instead. `);
    asked.filter((one) => one.said).forEach((one) => notes.push(`Read ${one.said}. `));
    if (unknown.length) notes.push(`No page has “${unknown.join("”, “")}”. `);
    const stems = new Set(asked.flatMap(({ ways }) => ways.flat()));
    const many = results.length === 1 ? "1 section found" : `${results.length} sections found`;
    const shown = results.length > MOST ? `; the best ${MOST} are shown.` : ".";
    const items = results.slice(0, MOST).map(({ section }) => {
      const where = section.heading === section.page ? [] : [make("span", section.page, { className: "search-page" })];
      return make("li", [
        link(section.heading || section.page, section.address), ...where,
        make("p", excerpt(section, stems)),
      ]);
    });
    place.replaceChildren(said(...notes, many, shown), make("ul", items), further(place));
  };

  const start = () => {
    const place = document.querySelector("#search-results");
    const field = document.querySelector(".bd-search-container input[type=search]");
    read();
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    field.focus();
    field.addEventListener("input", () => {
      history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
      show(place, field.value);
    });
    field.form.addEventListener("submit", (event) => event.preventDefault());
    show(place, field.value);
  };

  document.addEventListener("DOMContentLoaded", start);
})();
