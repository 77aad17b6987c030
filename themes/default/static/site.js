// What a page does beyond being read: colour switch, copy buttons, the check of review days against the reader's clock, search on demand.
// Nothing here is needed for reading, following or printing.
(function () {
  "use strict";
  var doc = document, root = doc.documentElement, me = doc.currentScript;
  // The build puts the theme's words here.
  var words = "%WORDS%";

  function el(tag, attrs, text) {
    var e = doc.createElement(tag);
    for (var k in attrs || {}) e.setAttribute(k, attrs[k]);
    if (text) e.textContent = text;
    return e;
  }
  function all(selector, from) { return Array.prototype.slice.call((from || doc).querySelectorAll(selector)); }
  function word(key, values) {
    return String(words[key] || key).replace(/\{(\w+)\}/g, function (whole, k) { return values && k in values ? values[k] : whole; });
  }
  var live = el("p", { "class": "sw-hidden", role: "status" });
  doc.body.appendChild(live);
  function say(text) { live.textContent = ""; setTimeout(function () { live.textContent = text; }, 50); }
  window.sw = { el: el, all: all, word: word, say: say, root: root.dataset.root || "" };

  // Colours: a button that names what it leads to. The choice is set before the first paint by mode.js.
  function dark() {
    return root.dataset.mode ? root.dataset.mode === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }
  var modes = [];
  function label() { modes.forEach(function (b) { b.textContent = word(dark() ? "mode-light" : "mode-dark"); }); }
  function flip() {
    var to = dark() ? "light" : "dark";
    root.dataset.mode = to;
    try { localStorage.setItem("sw-mode", to); } catch (e) { /* not kept, still set */ }
    label();
  }
  function modeButton() {
    var b = el("button", { type: "button", "class": "sw-button" });
    b.addEventListener("click", flip);
    modes.push(b);
    return b;
  }
  var site = doc.querySelector(".sw-site"), menu = doc.querySelector("#sw-tree > .sw-narrow");
  if (site) { var wide = modeButton(); wide.classList.add("sw-wide"); site.appendChild(wide); }
  if (menu) { var li = el("li"); li.appendChild(modeButton()); menu.appendChild(li); }
  label();

  // Menu on a phone: the link works by itself; a second press closes it again.
  all(".sw-site a[href='#sw-tree']").forEach(function (a) {
    a.addEventListener("click", function (e) {
      if (location.hash === "#sw-tree") { e.preventDefault(); location.hash = "#sw-main"; }
    });
  });

  // Contents stand open where there is room for them, also in browsers without ::details-content.
  if (matchMedia("(min-width: 80rem)").matches) all(".sw-toc details").forEach(function (d) { d.open = true; });

  // Copy: without prompt signs; of a session only what was typed.
  function typed(pre) {
    var text = pre.textContent.replace(/\n$/, ""), lines = text.split("\n"), prompt = /^\s*[$] /;
    if (!lines.some(function (l) { return prompt.test(l); })) return text;
    var session = /language-(console|shell-session|sh-session|terminal)/.test(pre.innerHTML);
    if (session) lines = lines.filter(function (l) { return prompt.test(l); });
    return lines.map(function (l) { return l.replace(prompt, ""); }).join("\n");
  }
  function copy(text, done) {
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done, function () { fallback(text, done); });
    } else fallback(text, done);
  }
  function fallback(text, done) {
    var area = el("textarea", { "class": "sw-hidden" });
    area.value = text;
    doc.body.appendChild(area);
    area.select();
    if (doc.execCommand("copy")) done();
    area.remove();
  }
  all(".sw-prose pre, .sw-step pre").forEach(function (pre) {
    var box = el("div", { "class": "sw-code" }), b = el("button", { type: "button", "class": "sw-button sw-copy" }, word("copy"));
    pre.parentNode.insertBefore(box, pre);
    box.appendChild(pre);
    box.appendChild(b);
    b.addEventListener("click", function () {
      copy(typed(pre), function () {
        b.textContent = word("copied");
        say(word("copied"));
        setTimeout(function () { b.textContent = word("copy"); }, 2000);
      });
    });
  });

  // Tabs: sections below each other become tabs. All are printed, and the browser's own search opens the one in which it finds something.
  var chosen, groups = [];
  try { chosen = JSON.parse(localStorage.getItem("sw-tabs")) || []; } catch (e) { chosen = []; }
  all(".sw-tabs").forEach(function (box, n) {
    var panels = all(".sw-tab", box).filter(function (p) { return p.parentNode === box; }), names = [];
    var bar = el("div", { role: "tablist", "class": "sw-tablist" });
    var tabs = panels.map(function (panel, i) {
      var head = panel.querySelector(".sw-label, h2, h3, h4, h5, h6, figcaption"), name = head.cloneNode(true), id = "sw-tab-" + n + "-" + i;
      all(".sw-anchor", name).forEach(function (a) { a.remove(); });
      names.push(name.textContent.trim());
      head.classList.add("sw-tabhead");
      panel.id = id;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", id + "-tab");
      panel.tabIndex = 0;
      panel.addEventListener("beforematch", function () { show(i); });
      var tab = el("button", { type: "button", role: "tab", id: id + "-tab", "aria-controls": id }, names[i]);
      tab.addEventListener("click", function () { choose(names[i], i); });
      bar.appendChild(tab);
      return tab;
    });
    function show(at) {
      tabs.forEach(function (tab, i) {
        tab.setAttribute("aria-selected", i === at);
        tab.tabIndex = i === at ? 0 : -1;
        if (i === at) panels[i].removeAttribute("hidden"); else panels[i].setAttribute("hidden", "until-found");
      });
    }
    function choose(name, at) {
      show(at);
      groups.forEach(function (g) { if (g.names.indexOf(name) >= 0) g.show(g.names.indexOf(name)); });
      chosen = [name].concat(chosen.filter(function (c) { return c !== name; })).slice(0, 20);
      try { localStorage.setItem("sw-tabs", JSON.stringify(chosen)); } catch (e) { /* not kept, still shown */ }
    }
    bar.addEventListener("keydown", function (e) {
      var at = tabs.indexOf(doc.activeElement), last = tabs.length - 1, on = root.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
      if (e.key === "Home") at = 0;
      else if (e.key === "End") at = last;
      else if (e.key === on) at = at === last ? 0 : at + 1;
      else if (e.key === "ArrowLeft" || e.key === "ArrowRight") at = at ? at - 1 : last;
      else return;
      e.preventDefault();
      tabs[at].focus();
      choose(names[at], at);
    });
    box.insertBefore(bar, box.firstChild);
    var known = chosen.filter(function (c) { return names.indexOf(c) >= 0; });
    show(known.length ? names.indexOf(known[0]) : 0);
    groups.push({ names: names, show: show });
  });
  // An address of a heading inside a tab opens it.
  function reveal() {
    var to = location.hash && doc.getElementById(decodeURIComponent(location.hash.slice(1))), tab = to && to.closest(".sw-tab");
    if (tab) { tab.dispatchEvent(new Event("beforematch")); tab.parentNode.scrollIntoView(); }
  }
  window.addEventListener("hashchange", reveal);
  reveal();

  // Following a blueprint: ticks, times and entries are kept in this browser, by site and blueprint.
  function kept(run) {
    try { return JSON.parse(localStorage.getItem(run)) || {}; } catch (e) { return {}; }
  }
  function clock(ms) { var d = new Date(ms); return ("0" + d.getHours()).slice(-2) + ":" + ("0" + d.getMinutes()).slice(-2); }
  all("[data-run]").forEach(function (run) {
    var name = doc.querySelector(".sw-name"), key = "sw-run/" + (name ? name.textContent : "") + "/" + run.dataset.run;
    var state = kept(key), steps = all("[data-step]", run);
    var note = run.querySelector("[data-note]"), progress = run.querySelector("progress"), said = run.querySelector("[data-progress]");
    var actions = run.querySelector("[data-actions]");
    state.ticks = state.ticks || {}; state.checks = state.checks || {}; state.fields = state.fields || {};
    function keep() { try { localStorage.setItem(key, JSON.stringify(state)); } catch (e) { /* not kept; the page says so only without script */ } }
    function tick(step) { return step.querySelector("[data-tick]"); }
    function number(step) { return step.querySelector(".sw-num").textContent; }
    function show() {
      var done = 0, gate = null, late = false;
      steps.forEach(function (step) {
        var on = tick(step).checked, t = state.ticks[step.dataset.step];
        step.querySelector("[data-at]").textContent = on && t ? clock(t.at) : "";
        if (on) { done++; if (gate) late = true; } else if (step.classList.contains("sw-gate") && !gate) gate = step;
      });
      progress.value = done;
      said.textContent = word("run-progress", { done: done, all: steps.length });
      return late ? word("run-gate-open", { n: number(gate) }) : done === steps.length ? word("run-all-done") : "";
    }
    // What was ticked before: steps that read differently now have to be done again.
    var changed = 0, last = null;
    steps.forEach(function (step) {
      var t = state.ticks[step.dataset.step];
      if (!t) return;
      if (t.hash !== step.dataset.hash) { delete state.ticks[step.dataset.step]; changed++; return; }
      tick(step).checked = true;
      if (!last || t.at >= state.ticks[last.dataset.step].at) last = step;
    });
    all("[data-check]", run).forEach(function (box) { box.checked = !!state.checks[box.dataset.check]; });
    all("[data-field]", run).forEach(function (field) {
      var v = state.fields[field.dataset.field];
      if (v === undefined) return;
      if (field.type === "checkbox") field.checked = v; else field.value = v;
    });
    var left = show(), parts = [];
    if (changed) parts.push(word(changed === 1 ? "run-changed-one" : "run-changed", { n: changed }));
    if (last && left !== word("run-all-done")) parts.push(word("run-stopped", { n: number(last), time: clock(state.ticks[last.dataset.step].at) }));
    if (left) parts.push(left);
    note.textContent = parts.join(" ");
    run.addEventListener("change", function (e) {
      var box = e.target, step = box.closest("[data-step]");
      if (box.hasAttribute("data-tick")) {
        if (box.checked) state.ticks[step.dataset.step] = { at: Date.now(), hash: step.dataset.hash };
        else delete state.ticks[step.dataset.step];
        note.textContent = show();
        say(said.textContent + ". " + note.textContent);
      } else if (box.dataset.check) {
        if (box.checked) state.checks[box.dataset.check] = 1; else delete state.checks[box.dataset.check];
      } else if (box.dataset.field) {
        state.fields[box.dataset.field] = box.type === "checkbox" ? box.checked : box.value;
      }
      keep();
    });
    var again = el("button", { type: "button", "class": "sw-button" }, word("run-again")), sure = false;
    again.addEventListener("click", function () {
      if (!sure) {
        sure = true;
        again.textContent = word("run-again-sure");
        setTimeout(function () { sure = false; again.textContent = word("run-again"); }, 4000);
        return;
      }
      try { localStorage.removeItem(key); } catch (e) { /* nothing was kept */ }
      state = { ticks: {}, checks: {}, fields: {} };
      all("input[type=checkbox]", run).forEach(function (b) { b.checked = false; });
      all("[data-field]", run).forEach(function (f) {
        if (f.tagName === "SELECT") f.selectedIndex = 0; else if (f.type !== "checkbox") f.value = f.defaultValue;
      });
      show();
      note.textContent = "";
      sure = false;
      again.textContent = word("run-again");
    });
    var print = el("button", { type: "button", "class": "sw-button" }, word("run-print"));
    print.addEventListener("click", function () { window.print(); });
    actions.append(again, print);
  });

  // A site built weeks ago must not call a page in date whose day has passed since.
  var now = new Date(), day = 86400000;
  var today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  all("[data-due]").forEach(function (e) {
    var was = e.dataset.state;
    if (was !== "in-date" && was !== "due-soon" && was !== "overdue") return;
    var days = Math.floor((today - Date.parse(e.dataset.due + "T00:00:00Z")) / day);
    if (days <= 0) return;
    e.dataset.state = "overdue";
    var state = e.matches(".sw-state") ? e : e.querySelector(".sw-state");
    state.querySelector("span").textContent = word(days === 1 ? "line-overdue-one" : "line-overdue", { n: days }) + (was === "overdue" ? "" : " " + word("since-built"));
    if (was === "overdue") return;
    var box = el("span");
    box.innerHTML = words.glyph;
    state.replaceChild(box.firstChild, state.querySelector("svg"));
  });

  // Search is fetched at first use.
  var loaded = false;
  function search() {
    if (loaded) return;
    loaded = true;
    doc.head.appendChild(el("script", { src: me.dataset.search }));
  }
  var q = doc.getElementById("sw-q");
  if (q) q.addEventListener("focus", search);
  if (doc.querySelector("[data-results]")) search();
  doc.addEventListener("keydown", function (e) {
    if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k") {
      var box = doc.querySelector("[data-results] input") || (q && q.offsetParent ? q : null);
      e.preventDefault();
      if (box) { box.focus(); box.select(); } else { var a = doc.querySelector(".sw-site a"); if (a) a.click(); }
    }
  });
})();
