// Makes lists filterable and keeps the filter in the address. Without this script every list is complete.
"use strict";

(() => {
  const german = document.documentElement.lang === "de";
  const words = german
    ? { all: "alle", shown: (some, every) => `${some} von ${every} gezeigt` }
    : { all: "all", shown: (some, every) => `${some} of ${every} shown` };
  const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/ß/g, "ss");
  const filters = [];

  // The address holds either the name of a place on the page or, with "=", what is filtered for.
  const read = () => {
    const hash = location.hash.slice(1);
    return new URLSearchParams(hash.includes("=") ? hash : "");
  };

  const write = () => {
    const state = new URLSearchParams();
    filters.forEach((filter, number) => {
      if (filter.input.value.trim()) state.set(`f${number}`, filter.input.value.trim());
      if (filter.select && filter.select.value) state.set(`s${number}`, filter.select.value);
    });
    const written = state.toString();
    try {
      history.replaceState(null, "", written ? `#${written}` : location.pathname + location.search);
    } catch {
      // Opened from disk some browsers refuse; then the address just stays.
    }
    document.querySelectorAll("a[data-keep]").forEach((link) => {
      link.hash = written ? `#${written}` : "#karte";
    });
  };

  const labelled = (box, label, control, id) => {
    const part = document.createElement("div");
    const name = document.createElement("label");
    name.htmlFor = control.id = id;
    name.textContent = label;
    part.append(name, control);
    box.append(part);
  };

  const entriesOf = (list) =>
    list.tagName === "TABLE" ? [...list.tBodies].flatMap((body) => [...body.rows]) : [...list.children];

  const make = (host, lists, label) => {
    const entries = lists.flatMap((list) => entriesOf(list));
    if (entries.length < 6) return;
    const texts = entries.map((entry) => fold(entry.textContent));
    const codes = entries.map((entry) => entry.dataset.statusCode || "");
    const number = filters.length;
    const box = document.createElement("div");
    box.className = "filter";
    const input = document.createElement("input");
    input.type = "search";
    input.autocomplete = "off";
    labelled(box, label, input, `filter-${number}`);
    let select = null;
    const known = [...new Set(codes.filter(Boolean))];
    if (known.length > 1) {
      select = document.createElement("select");
      select.append(new Option(words.all, ""), ...known.map((code) => new Option(code, code)));
      labelled(box, host.dataset.status || "Status", select, `status-${number}`);
    }
    const output = document.createElement("output");
    output.setAttribute("aria-live", "polite");
    box.append(output);
    const apply = () => {
      const wanted = fold(input.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      entries.forEach((entry, place) => {
        const fits =
          wanted.every((word) => texts[place].includes(word)) &&
          (!select || !select.value || codes[place] === select.value);
        entry.hidden = !fits;
        if (fits) shown += 1;
      });
      lists.forEach((list) => {
        const part = list.closest("section");
        if (part && lists.length > 1) part.hidden = entriesOf(list).every((entry) => entry.hidden);
      });
      output.textContent = shown === entries.length ? "" : words.shown(shown, entries.length);
    };
    const change = () => { apply(); write(); };
    input.addEventListener("input", change);
    if (select) select.addEventListener("change", change);
    const scroller = host.closest(".scroll");
    (scroller || host).before(box);
    filters.push({ input, select, apply });
  };

  document.querySelectorAll("[data-filter]").forEach((list) => make(list, [list], list.dataset.filter));
  document.querySelectorAll("[data-filter-all]").forEach((host) => {
    make(host, [...host.querySelectorAll("[data-filter-part]")], host.dataset.filterAll);
  });

  const restore = () => {
    const state = read();
    filters.forEach((filter, number) => {
      filter.input.value = state.get(`f${number}`) || "";
      if (filter.select) filter.select.value = state.get(`s${number}`) || "";
      filter.apply();
    });
    if (state.size) write();
  };
  restore();
  window.addEventListener("hashchange", () => {
    // A place inside of a closed part has to be opened to be seen.
    const target = location.hash.length > 1 && !location.hash.includes("=") && document.getElementById(location.hash.slice(1));
    if (target) target.closest("details")?.setAttribute("open", "");
    else restore();
  });
})();
