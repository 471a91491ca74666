/* Draws a report from the data in the page. Names come from whom nobody trusts: they become text nodes, never markup. */
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const STATES = [["denied", "denied"], ["would", "would be denied"], ["new", "new"], ["allowed", "allowed"]];
  const SVG = "http://www.w3.org/2000/svg";
  const PAGE = 400, LEFT_MAX = 14, RIGHT_MAX = 18, START = "(start of Python)", LIBRARY = "(Python's library)";

  /* ---- Text ---- */

  /* What cannot be seen, or turns other text round, stands as an escape, as in the other reports. */
  const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\\]/gu;
  const escapeOf = (character) => {
    const code = character.codePointAt(0);
    if (character === "\\") return "\\\\";
    if (code < 0x100) return "\\x" + code.toString(16).padStart(2, "0");
    return code < 0x10000 ? "\\u" + code.toString(16).padStart(4, "0") : "\\U" + code.toString(16).padStart(8, "0");
  };
  const visible = (text) => (text == null ? "" : String(text).replace(HIDDEN, escapeOf));
  const cut = (text, length) => {
    const characters = Array.from(text);
    if (characters.length <= length) return text;
    const head = Math.floor((length - 1) / 3);
    return characters.slice(0, head).join("") + "…" + characters.slice(characters.length - (length - 1 - head)).join("");
  };
  const number = (value) => value.toLocaleString("en");

  /* make("td", {class: "x"}, "text", otherElement): the only way that this page makes elements. */
  const fill = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value !== null && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  };
  const make = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  const draw = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

  /* ---- Rows ---- */

  const isLibrary = (file) => file != null && (file.startsWith("<stdlib>") || file.startsWith("<frozen ") || file === "frozen" || file === "built-in");
  const stateOf = (row) => (row.denied > 0 ? 0 : row.would_be_denied > 0 ? 1 : row.new ? 2 : 3);
  const sourceOf = (place) => {
    if (place === null) return START;
    if (isLibrary(place.file)) return LIBRARY;
    return place.distribution ?? place.module ?? place.file;
  };
  const whereOf = (place) => (place === null ? "(not from Python code)"
    : visible(place.file) + (place.line > 0 ? ":" + place.line : "") + (place.function === null ? "" : " in " + visible(place.function)));
  const rows = data.rows.map((row, index) => {
    const capability = row.kind === "event" ? "event " + row.event : row.capability;
    const item = { row, index, state: stateOf(row), capability, target: row.target, count: row.count, failed: row.failed || 0, source: sourceOf(row.place) };
    item.where = whereOf(row.place);
    item.isOwn = item.source !== START && item.source !== LIBRARY && !isLibrary(row.target) && !isLibrary(row.origin);
    item.text = [capability, row.target, item.where, item.source, row.rule, row.report_rule, row.origin, row.place && row.place.module].map(visible).join("\n").toLowerCase();
    return item;
  });

  /* ---- Filters ---- */

  const filter = { text: "", state: null, kind: null, capability: null, source: null, target: null, library: !rows.some((item) => item.isOwn) };
  const passes = (item, without) => (filter.library || item.isOwn || item.state < 3 || filter.source === item.source)
    && (filter.state === null || item.state === filter.state || (filter.state === "failed" && item.failed > 0))
    && (filter.kind === null || item.row.kind === filter.kind)
    && (filter.capability === null || without === "capability" || item.capability === filter.capability)
    && (filter.source === null || without === "source" || item.source === filter.source)
    && (filter.target === null || without === "target" || item.target === filter.target)
    && filter.text.split(/\s+/).every((word) => item.text.includes(word));
  const choose = (name, value) => {
    filter[name] = filter[name] === value ? null : value;
    update();
  };
  const clear = () => {
    Object.assign(filter, { text: "", state: null, kind: null, capability: null, source: null, target: null });
    update();
  };

  /* ---- The head ---- */

  const drawHead = () => {
    byId("command").textContent = data.command.map(visible).join(" ") || "(no command)";
    document.title = "Cordon audit: " + cut(visible(data.command[0] ?? ""), 60);
    const ending = data.outcome === "" ? "the record has no end" : `${visible(data.outcome)} with ${data.code}`;
    const policies = [["policy", data.policy], ["report policy", data.report_policy]].filter(([, file]) => file !== null).map(([name, file]) => `${name} ${visible(file)}`);
    byId("about").textContent = [ending, `Python ${visible(data.python)}`, `Cordon ${visible(data.cordon)}`, ...policies].join(" · ");
  };
  const drawTiles = () => {
    const totals = data.totals;
    const tiles = [["denied", totals.denied, "denied", () => choose("state", 0), filter.state === 0], ["would be denied", totals.would_be_denied, "would", () => choose("state", 1), filter.state === 1],
      ["new", totals.new_rows, "new", () => choose("state", 2), filter.state === 2], ["failed", totals.failed, "", () => choose("state", "failed"), filter.state === "failed"],
      ["accesses", totals.accesses, "", () => choose("kind", "access"), filter.kind === "access"], ["modules", totals.modules, "", () => choose("kind", "module"), filter.kind === "module"],
      ["events", totals.events, "", () => choose("kind", "event"), filter.kind === "event"]];
    if (totals.lost > 0) tiles.unshift(["lost", totals.lost, "denied", () => {}, false]);
    byId("tiles").replaceChildren(...tiles.map(([name, count, kind, press, isPressed]) =>
      make("button", { type: "button", class: `tile ${count === 0 ? "none" : kind}`, "aria-pressed": String(isPressed), click: press }, make("b", {}, number(count)), name)));
  };
  const fillSelect = (id, name, values) => {
    const select = byId(id);
    select.replaceChildren(make("option", { value: "" }, "all"), ...values.map((value, index) => make("option", { value: String(index + 1) }, cut(visible(value), 60))));
    select.value = filter[name] === null ? "" : String(values.indexOf(filter[name]) + 1);
    select.onchange = () => {
      filter[name] = select.value === "" ? null : values[Number(select.value) - 1];
      update();
    };
  };
  const drawControls = () => {
    const valuesOf = (name) => [...new Set(rows.filter((item) => passes(item, name)).map((item) => item[name]))].sort();
    fillSelect("capability", "capability", valuesOf("capability"));
    fillSelect("source", "source", valuesOf("source"));
    byId("search").value = filter.text === byId("search").value.trim().toLowerCase() ? byId("search").value : filter.text;
    byId("library").checked = filter.library;
    const chips = [];
    const add = (name, label) => chips.push(make("button", { type: "button", class: "chip", title: "no longer only this", click: () => choose(name, filter[name]) }, label + " ×"));
    if (filter.state !== null) add("state", filter.state === "failed" ? "failed" : STATES[filter.state][1]);
    if (filter.kind !== null) add("kind", filter.kind);
    for (const name of ["capability", "source", "target"]) if (filter[name] !== null) add(name, visible(filter[name]) || "(no name)");
    byId("chips").replaceChildren(...chips);
  };

  /* ---- The map ---- */

  /* Nodes by name with their weight and worst state; the heaviest, refused ones first; the others become one. */
  const nodesOf = (items, name, most) => {
    const found = new Map();
    for (const item of items) {
      const node = found.get(item[name]) ?? { name: item[name], count: 0, state: 3, isOwn: false };
      node.count += item.count;
      node.state = Math.min(node.state, item.state);
      node.isOwn ||= item.isOwn;
      found.set(item[name], node);
    }
    const ordered = [...found.values()].sort((a, b) => a.state - b.state || (a.name === "") - (b.name === "") || b.isOwn - a.isOwn || b.count - a.count || (a.name < b.name ? -1 : 1));
    const nodes = ordered.length > most + 1 ? ordered.slice(0, most) : ordered;
    const rest = ordered.slice(nodes.length);
    if (rest.length > 0) nodes.push({ rest: rest.length, count: rest.reduce((sum, node) => sum + node.count, 0), state: Math.min(...rest.map((node) => node.state)) });
    const places = new Map(nodes.map((node, index) => [node.name, index]));
    return { nodes, indexOf: (value) => places.get(value) ?? nodes.length - 1 };
  };
  const linksOf = (items, from, to) => {
    const links = new Map();
    for (const [item, a, b] of items.map((each) => [each, from(each), to(each)])) {
      const link = links.get(a * 1000 + b) ?? { from: a, to: b, count: 0, state: 3 };
      link.count += item.count;
      link.state = Math.min(link.state, item.state);
      links.set(a * 1000 + b, link);
    }
    return [...links.values()].sort((a, b) => a.from - b.from || a.to - b.to);
  };
  /* Counts reach from one to millions: widths grow with their logarithm, so that what happened once can be seen. */
  const widthOf = (link) => 2 + 2.2 * Math.log2(1 + link.count);
  const stack = (column, inward, outward, height) => {
    const needs = column.nodes.map((_, index) => Math.max(16, ...[inward, outward].map((links) => links.filter(([end]) => end === index).reduce((sum, [, link]) => sum + widthOf(link), 0))));
    const gap = Math.max(6, (height - needs.reduce((sum, need) => sum + need, 0)) / Math.max(1, column.nodes.length));
    let y = gap / 2;
    column.nodes.forEach((node, index) => {
      Object.assign(node, { y, height: needs[index], inward: y, outward: y });
      y += needs[index] + gap;
    });
    return y - gap / 2;
  };
  const drawNode = (node, name, x, label, side) => {
    const text = node.rest ? `${number(node.rest)} others` : cut(visible(node.name) || "(no name)", label);
    const full = node.rest ? text : visible(node.name) || "(no name)";
    const attributes = { class: `node ${STATES[node.state][0]}${node.rest ? " rest" : ""}${filter[name] !== null && filter[name] === node.name ? " chosen" : ""}` };
    if (!node.rest) {
      const press = () => choose(name, node.name);
      Object.assign(attributes, { tabindex: "0", role: "button", "aria-label": `${full}: ${number(node.count)}, ${STATES[node.state][1]}`, "data-column": name, "data-name": full, click: press,
        keydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); press(); } },
        mouseenter: () => light(name, node), mouseleave: () => light(null, null), focus: () => light(name, node), blur: () => light(null, null) });
    }
    const at = side === "left" ? { x: x - 8, "text-anchor": "end" } : { x: x + 20 };
    const width = label * 7.6 + 24;
    return draw("g", attributes, draw("title", {}, `${full}\n${number(node.count)} times`),
      draw("rect", { class: "hit", x: side === "left" ? x - width + 12 : x, y: node.y - 2, width, height: node.height + 4 }),
      draw("rect", { class: "bar", x, y: node.y, width: 12, height: node.height, rx: 3 }),
      draw("text", { ...at, y: node.y + node.height / 2, dy: ".35em", class: side === "middle" ? "halo" : null }, text));
  };
  let paths = [];
  const light = (name, node) => {
    for (const { path, ends } of paths) {
      path.classList.toggle("lit", name !== null && ends[name] === node);
      path.classList.toggle("dim", name !== null && ends[name] !== undefined && ends[name] !== node);
    }
  };
  const drawLinks = (links, from, to, fromName, toName, x0, x1) => links.map((link) => {
    const a = from.nodes[link.from], b = to.nodes[link.to], width = widthOf(link);
    const y0 = a.outward + width / 2, y1 = b.inward + width / 2, bend = (x1 - x0) * 0.45;
    a.outward += width;
    b.inward += width;
    const path = draw("path", { d: `M${x0},${y0}C${x0 + bend},${y0} ${x1 - bend},${y1} ${x1},${y1}`, "stroke-width": width, class: STATES[link.state][0] });
    paths.push({ path, ends: { [fromName]: a, [toName]: b } });
    return path;
  });
  const drawMap = (items) => {
    const holder = byId("map"), width = Math.max(360, holder.clientWidth), label = Math.max(10, Math.min(44, Math.floor(width / 34)));
    paths = [];
    if (items.length === 0) {
      holder.replaceChildren(make("p", { class: "empty" }, "Nothing passes the filters."));
      return;
    }
    const left = nodesOf(items, "source", LEFT_MAX), middle = nodesOf(items, "capability", 30), right = nodesOf(items, "target", RIGHT_MAX);
    const first = linksOf(items, (item) => left.indexOf(item.source), (item) => middle.indexOf(item.capability));
    const second = linksOf(items, (item) => middle.indexOf(item.capability), (item) => right.indexOf(item.target));
    const ends = (links, end) => links.map((link) => [link[end], link]);
    const columns = [[left, [], ends(first, "from")], [middle, ends(first, "to"), ends(second, "from")], [right, ends(second, "to"), []]];
    const height = Math.max(...columns.map(([column, inward, outward]) => stack(column, inward, outward, 0)));
    for (const [column, inward, outward] of columns) stack(column, inward, outward, height);
    const margin = label * 7.6 + 12, x = [margin, width / 2 - 40, width - margin - 12];
    holder.replaceChildren(draw("svg", { viewBox: `0 0 ${width} ${Math.ceil(height)}`, height: Math.ceil(height), role: "group", "aria-label": "Map of code, capabilities and what they were used on" },
      ...drawLinks(first, left, middle, "source", "capability", x[0] + 12, x[1]), ...drawLinks(second, middle, right, "capability", "target", x[1] + 12, x[2]),
      ...left.nodes.map((node) => drawNode(node, "source", x[0], label, "left")), ...middle.nodes.map((node) => drawNode(node, "capability", x[1], label, "middle")),
      ...right.nodes.map((node) => drawNode(node, "target", x[2], label, "right"))));
  };

  /* ---- The table ---- */

  const COLUMNS = [["state", "State"], ["capability", "Capability"], ["target", "What"], ["count", "Count"], ["failed", "Failed"], ["where", "Where"], ["source", "Code"]];
  const isNumber = (name) => name === "count" || name === "failed";
  const order = { by: "state", isDown: false };
  const opened = new Set();
  let limit = PAGE;
  const compare = (a, b) => {
    const [x, y] = [a[order.by], b[order.by]];
    const result = x < y ? -1 : x > y ? 1 : 0;
    return (order.isDown ? -result : result) || a.state - b.state || b.isOwn - a.isOwn || (a.target === "") - (b.target === "") || a.index - b.index;
  };
  const countsText = (counts) => Object.entries(counts || {}).map(([name, count]) => `${visible(name)} ${number(count)}`).join(", ");
  const detailsOf = ({ row }) => {
    const list = make("dl", {});
    const add = (name, value) => { if (value) list.append(make("dt", {}, name), make("dd", {}, value)); };
    add("rule", row.denied > 0 ? (row.rule === null ? "no rule allows it" : visible(row.rule)) : null);
    add("report policy's rule", row.would_be_denied > 0 ? (row.report_rule === null ? "no rule allows it" : visible(row.report_rule)) : null);
    add("denied", row.denied > 0 ? `${number(row.denied)} of ${number(row.count)}` : null);
    add("would be denied", row.would_be_denied > 0 ? `${number(row.would_be_denied)} of ${number(row.count)}` : null);
    add("operations", countsText(row.operations));
    add("errors", countsText(row.errors));
    add("origin", row.origin ? visible(row.origin) : null);
    add("sha256", row.sha256 ? visible(row.sha256) : null);
    add("through", countsText(row.through));
    if (row.place !== null) {
      add("module", row.place.module === null ? null : visible(row.place.module));
      add("distribution", row.place.distribution === null ? null : visible(row.place.distribution));
      add("imported by", row.place.imports.length === 0 ? null : make("span", { class: "chain" }, ...row.place.imports.map((name) => make("span", {}, visible(name)))));
    }
    add("fingerprint", visible(row.fingerprint));
    return make("tr", { class: "details" }, make("td", { colspan: String(COLUMNS.length) }, list));
  };
  const rowOf = (item) => {
    const isOpen = opened.has(item.index);
    const press = () => {
      if (!opened.delete(item.index)) opened.add(item.index);
      drawTable(rows.filter((each) => passes(each)));
      const again = document.querySelector(`tr[data-index="${item.index}"]`);
      if (again !== null) again.focus();
    };
    const line = make("tr", { class: `row${isOpen ? " open" : ""}`, tabindex: "0", "data-index": String(item.index), "aria-expanded": String(isOpen), click: press,
      keydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); press(); } } },
    make("td", {}, make("span", { class: `badge ${STATES[item.state][0]}` }, item.row.kind === "event" && item.state === 3 ? "event" : STATES[item.state][1])),
    make("td", { class: "capability" }, visible(item.capability)), make("td", { class: "what" }, visible(item.target) || "(no name)"), make("td", { class: "number" }, number(item.count)),
    make("td", { class: "number" }, item.failed === 0 ? "" : number(item.failed)), make("td", { class: "where" }, item.where), make("td", { class: "code" }, visible(item.source)));
    return isOpen ? [line, detailsOf(item)] : [line];
  };
  const drawTable = (items) => {
    const sorted = [...items].sort(compare), shown = sorted.slice(0, limit);
    document.querySelector("#rows thead tr").replaceChildren(...COLUMNS.map(([name, title]) =>
      make("th", { scope: "col", class: isNumber(name) ? "number" : null, "aria-sort": order.by === name ? (order.isDown ? "descending" : "ascending") : "none" },
        make("button", { type: "button", "data-sort": name, click: () => {
          Object.assign(order, { isDown: order.by === name ? !order.isDown : isNumber(name), by: name });
          update();
          document.querySelector(`[data-sort="${name}"]`).focus();
        } }, title))));
    document.querySelector("#rows tbody").replaceChildren(...(shown.length > 0 ? shown.flatMap(rowOf)
      : [make("tr", {}, make("td", { class: "empty", colspan: String(COLUMNS.length) }, "Nothing passes the filters."))]));
    byId("shown").textContent = `${number(items.length)} of ${number(rows.length)}`;
    byId("more").hidden = shown.length === sorted.length;
    byId("more").textContent = `Show ${number(Math.min(PAGE, sorted.length - shown.length))} more`;
  };

  const update = () => {
    const items = rows.filter((item) => passes(item));
    drawTiles();
    drawControls();
    drawMap(items);
    drawTable(items);
  };

  /* ---- The beginning ---- */

  byId("search").addEventListener("input", (event) => {
    filter.text = event.target.value.trim().toLowerCase();
    update();
  });
  byId("library").addEventListener("change", (event) => {
    filter.library = event.target.checked;
    update();
  });
  byId("clear").addEventListener("click", clear);
  byId("more").addEventListener("click", () => {
    limit += PAGE;
    update();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      byId("search").focus();
    } else if (event.key === "Escape") {
      if (isTyping) document.activeElement.blur();
      clear();
    }
  });
  let width = 0;
  new ResizeObserver(() => {
    if (byId("map").clientWidth === width) return;
    width = byId("map").clientWidth;
    drawMap(rows.filter((item) => passes(item)));
  }).observe(byId("map"));
  window.addEventListener("beforeprint", () => {
    limit = Infinity;
    update();
  });
  document.querySelector("main").hidden = false;
  drawHead();
  update();
})();
