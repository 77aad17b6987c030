// Search in the browser without a server. Words lie in sorted shards (search/tN.js), the texts of pages in others (search/dN.js); a query loads the
// few it needs as classic scripts, which also work from file://.
(function () {
  "use strict";
  var sw = window.sw, el = sw.el, word = sw.word, doc = document;
  // The build puts the marks of states here.
  var glyphs = "%GLYPHS%";
  var index = null, waiting = {}, loading = {}, terms = {}, docs = {};

  window.swSearch = function (data) { index = data; index.vocabulary = data.words ? data.words.split(" ") : []; };
  window.swSearch.terms = function (n, text) { terms[n] = parse(text); };
  window.swSearch.docs = function (n, list) { docs[n] = list; };

  function load(name) {
    if (!loading[name]) loading[name] = new Promise(function (done, fail) {
      var src = sw.root + "search/" + name + ".js" + (index ? "?v=" + index.v : "");
      var s = el("script", { src: src });
      s.onload = done;
      s.onerror = function () { delete loading[name]; fail(new Error(name)); };
      doc.head.appendChild(s);
    });
    return loading[name];
  }

  // "word:pages:posting,posting;" in word order.
  function parse(text) {
    return text.split(";").filter(Boolean).map(function (line) {
      var p = line.split(":");
      return { word: p[0], pages: +p[1], packed: p[2] };
    });
  }
  function each(term, visit) {
    var page = 0;
    term.packed.split(",").forEach(function (p) {
      var n = parseInt(p, 36);
      page += Math.floor(n / 512);
      visit(page, Math.floor(n / 8) % 64, n % 8);
    });
  }

  // The build folds and splits in the same way.
  function fold(text) { return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase(); }
  var unspaced = /[\u0E00-\u0EFF\u3040-\u30FF\u3400-\u9FFF\uF900-\uFAFF]/;
  function split(text) {
    var out = [];
    (fold(text).match(/[\p{L}\p{N}_.\-]+/gu) || []).forEach(function (w) {
      w = w.replace(/^[_.\-]+|[_.\-]+$/g, "");
      if (unspaced.test(w) && w.length > 2) for (var i = 0; i < w.length - 1; i++) out.push(w.slice(i, i + 2));
      else if (w) out.push(w);
    });
    return out.filter(function (w, i) { return out.indexOf(w) === i; }).slice(0, 8);
  }

  // Shards whose words can begin with `prefix`, at most `most`.
  function shards(prefix, most) {
    var starts = index.starts, lo = 0, hi = starts.length;
    while (lo < hi) { var mid = (lo + hi) >> 1; if (starts[mid] <= prefix) lo = mid + 1; else hi = mid; }
    var out = [], n = Math.max(lo - 1, 0), end = prefix + "\uffff";
    for (; n < starts.length && out.length < most && (starts[n] <= end || !out.length); n++) out.push(n);
    return out;
  }
  function fetchTerms(list) { return Promise.all(list.map(function (n) { return load("t" + n); })).then(function () { return list; }); }

  // Optimal string alignment distance, given up beyond `most`.
  function distance(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return most + 1;
    var before, last = [], row = [], i, j;
    for (j = 0; j <= b.length; j++) last[j] = j;
    for (i = 1; i <= a.length; i++) {
      row = [i];
      var best = i;
      for (j = 1; j <= b.length; j++) {
        var v = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) v = Math.min(v, before[j - 2] + 1);
        row[j] = v;
        if (v < best) best = v;
      }
      if (best > most) return most + 1;
      before = last; last = row;
    }
    return last[b.length];
  }

  // Words of the index that `w` may stand for, each with how well it fits.
  function candidates(w) {
    return fetchTerms(shards(w, 3)).then(function (list) {
      var found = [];
      list.forEach(function (n) {
        terms[n].forEach(function (t) {
          if (t.word === w) found.push({ term: t, fit: 1 });
          else if (t.word.startsWith(w)) found.push({ term: t, fit: 0.5 + 0.4 * w.length / t.word.length });
        });
      });
      if (found.length || w.length < 4) return found;
      return slips(w);
    });
  }
  function slips(w) {
    var most = w.length > 7 ? 2 : 1;
    var near = index.vocabulary.filter(function (v) { return distance(w, v, most) <= most; }).slice(0, 6);
    var wanted = shards(w.slice(0, 2), 4).concat(shards(w.slice(0, 3), 2));
    near.forEach(function (v) { wanted.push(shards(v, 1)[0]); });
    wanted = wanted.filter(function (n, i) { return wanted.indexOf(n) === i; });
    return fetchTerms(wanted).then(function (list) {
      var found = [];
      list.forEach(function (n) {
        terms[n].forEach(function (t) {
          var d = distance(w, t.word, most);
          if (d <= most) found.push({ term: t, fit: 0.6 - 0.2 * d, slip: true });
        });
      });
      found.sort(function (a, b) { return b.fit - a.fit || b.term.pages - a.term.pages; });
      return found.slice(0, 8);
    });
  }

  // Procedures and other pages people follow, six to a character.
  function followed(page) {
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(index.procedures[Math.floor(page / 6)]) >> (page % 6) & 1;
  }

  // Pages for a query, best first: all words before some, then weight by place and rarity.
  function find(query) {
    var wanted = split(query);
    return (index ? Promise.resolve() : load("index")).then(function () {
      return Promise.all(wanted.map(candidates));
    }).then(function (sets) {
      var pages = new Map(), near = [], marked = wanted.map(function (w, n) { return [w, n]; });
      sets.forEach(function (set, n) {
        var here = new Map();
        set.forEach(function (c) {
          if (c.slip) { marked.push([c.term.word, n]); if (near.indexOf(c.term.word) < 0) near.push(c.term.word); }
          var rarity = Math.log(1 + index.n / c.term.pages);
          each(c.term, function (page, section, weight) {
            var score = weight * rarity * c.fit, old = here.get(page);
            if (!old || old.score < score) here.set(page, { score: score, section: section });
          });
        });
        here.forEach(function (hit, page) {
          var sum = pages.get(page) || { page: page, matched: 0, score: 0, best: 0, section: 0, followed: followed(page) };
          sum.matched++;
          sum.score += hit.score;
          // The section to show is the one of the rarest word that is not only in the title.
          if (hit.section && hit.score > sum.best) { sum.best = hit.score; sum.section = hit.section; }
          pages.set(page, sum);
        });
      });
      var list = Array.from(pages.values());
      list.sort(function (a, b) { return b.matched - a.matched || b.score - a.score || a.page - b.page; });
      if (list.length && wanted.length > 1) {
        var full = list.filter(function (p) { return p.matched === wanted.length; });
        if (full.length) list = full;
      }
      return { list: list, near: near, words: marked };
    });
  }

  // The first `most` results with what they show; an exact title comes first, procedures before the rest at equal score.
  function show(found, query, most) {
    var list = found.list.slice(0, most), q = fold(query.trim());
    var wanted = list.map(function (p) { return Math.floor(p.page / index.per); });
    wanted = wanted.filter(function (n, i) { return wanted.indexOf(n) === i; });
    return Promise.all(wanted.map(function (n) { return load("d" + n); })).then(function () {
      list.forEach(function (p) {
        p.doc = docs[Math.floor(p.page / index.per)][p.page % index.per];
        var title = fold(p.doc[0]);
        p.rank = (title === q ? 3 : title.startsWith(q) ? 1 : 0) + (p.followed ? 0.5 : 0);
      });
      list.sort(function (a, b) {
        var close = Math.abs(a.score - b.score) < 0.05 * Math.max(a.score, b.score);
        if ((a.rank >= 3) !== (b.rank >= 3)) return b.rank - a.rank;
        return b.matched - a.matched || (close ? b.rank - a.rank : b.score - a.score) || a.page - b.page;
      });
      return list;
    });
  }

  // Where the words of a query stand in a text: [from, to, which word]. As in the index, one of the text counts if it begins with it.
  var joint = /[_.\-]/;
  function places(text, words) {
    var folded = fold(text), same = folded.length === text.length, runs = /[\p{L}\p{N}\p{M}_.\-]+/gu, out = [], run;
    if (!same) folded = text;
    while ((run = runs.exec(folded))) {
      var at = run.index, whole = same ? run[0] : fold(run[0]), loose = unspaced.test(whole), end = at + run[0].length;
      words.forEach(function (w) {
        for (var i = whole.indexOf(w[0]); i >= 0; i = whole.indexOf(w[0], i + 1)) {
          var j = i + w[0].length;
          if (!loose && i && !joint.test(whole[i - 1])) continue;
          if (!loose) while (j < whole.length && !joint.test(whole[j])) j++;
          out.push(whole.length === run[0].length ? [at + i, at + j, w[1]] : [at, end, w[1]]);
        }
      });
    }
    return out.sort(function (a, b) { return a[0] - b[0]; });
  }

  function marked(text, words, into) {
    var at = 0;
    places(text, words).forEach(function (p) {
      if (p[0] > at) into.append(text.slice(at, p[0]));
      if (p[1] > at) into.append(el("mark", {}, text.slice(Math.max(at, p[0]), p[1])));
      at = Math.max(at, p[1]);
    });
    into.append(text.slice(at));
  }

  // Where on a page to show its text: where most of the words stand together, in the section that weighs most if several will do.
  function best(d, words, section) {
    var found = { score: -1, section: 0, from: 0, to: 0 };
    d[5].forEach(function (s, n) {
      var head = {}, own = n === section ? 0.5 : 0, list = places(s[2], words);
      places(s[1], words).forEach(function (p) { head[p[2]] = 1; });
      function weigh(from, to, has) {
        var score = Object.keys(has).length + own;
        if (score > found.score) found = { score: score, section: n, from: from, to: to };
      }
      if (!list.length) weigh(0, 0, head);
      list.forEach(function (p, i) {
        var has = Object.assign({}, head);
        for (var j = i; j < list.length && list[j][1] - p[0] < 160; j++) {
          has[list[j][2]] = 1;
          weigh(p[0], list[j][1], has);
        }
      });
    });
    return found;
  }
  // Some 180 letters of a text around a part of it: from the beginning of its line if that is near, and up to whole words.
  function cut(text, from, to) {
    var start = text.lastIndexOf("\n", from - 1) + 1, end = Math.max(to, from + 150);
    if (from - start > 60) start = text.indexOf(" ", from - 50) + 1 || from;
    if (start > from) start = from;
    var line = text.indexOf("\n", to);
    if (line >= 0 && line < end && line - start > 60) end = line;
    else if (end < text.length) { var blank = text.slice(0, end + 1).search(/\s\S*$/); end = blank > to ? blank : to; }
    var before = start && text[start - 1] !== "\n" ? "… " : "";
    return before + text.slice(start, end).trim().replace(/([.:;,!?…])[\n\t]+/g, "$1 ").replace(/[\n\t]+/g, " · ") + (end < text.length && !/[.…]$/.test(text.slice(0, end)) ? " …" : "");
  }

  // Leads to the section, and where the browser can, to the very words.
  function address(anchor, text, at) {
    var hash = anchor && encodeURIComponent(anchor);
    var said = "fragmentDirective" in doc && at.to && /^.{0,60}(?![^\n\t ])/.exec(text.slice(at.from));
    if (said) hash += ":~:text=" + encodeURIComponent(said[0].trim()).replace(/-/g, "%2D");
    return hash && "#" + hash;
  }

  function hit(p, words) {
    var d = p.doc, at = best(d, words, p.section), section = d[5][at.section];
    var a = el("a", { href: sw.root + d[1] + address(section[0], section[2], at) });
    var b = el("b");
    marked(d[0], words, b);
    a.append(b);
    var state = d[2];
    if (state !== "plain") {
      if (d[4] && (state === "in-date" || state === "due-soon") && Date.parse(d[4] + "T23:59:59Z") < Date.now()) state = "overdue";
      var s = el("span", { "class": "sw-state", "data-state": state });
      s.innerHTML = glyphs[state] || "";
      s.append(el("span", {}, word("state-" + state)));
      a.append(" ", s);
    }
    var t = el("p"), text = cut(section[2], at.from, at.to);
    if (section[1]) { marked(section[1], words, t); t.append(text ? ": " : ""); }
    marked(text, words, t);
    if (!section[1] && !text) t.append(d[3]);
    a.append(t);
    var li = el("li");
    li.append(a);
    return li;
  }

  // Wires an input to a place for results.
  function attach(input, place, most, more) {
    var only = null, turn = 0;
    function clear() { place.replaceChildren(); if (more) place.hidden = true; }
    function run() {
      var query = input.value.trim(), mine = ++turn;
      if (!query) { clear(); return; }
      find(query).then(function (found) {
        if (only && only.checked) found.list = found.list.filter(function (p) { return p.followed; });
        // The first results are shown as soon as they are there; the rest follows.
        var some = Math.min(most, 8);
        return show(found, query, some).then(function (list) {
          if (mine !== turn) return;
          place.replaceChildren();
          place.hidden = false;
          var n = found.list.length, text;
          if (!list.length) text = word("search-none", { q: query });
          else if (found.near.length) text = word("search-near", { q: query, near: found.near[0] });
          else text = word(n === 1 ? "search-results-one" : "search-results", { n: n });
          place.append(el("p", { "class": "sw-count" }, text));
          sw.say(text);
          if (!list.length) return;
          var ul = el("ul", { "class": "sw-hits" });
          list.forEach(function (p) { ul.append(hit(p, found.words)); });
          place.append(ul);
          if (some < most && found.list.length > some) {
            return show(found, query, most).then(function (all) {
              if (mine !== turn) return;
              all.forEach(function (p) { if (list.indexOf(p) < 0) ul.append(hit(p, found.words)); });
            });
          }
          if (more && found.list.length > list.length) {
            var form = input.form, a = el("a", { href: form.getAttribute("action") + "?q=" + encodeURIComponent(query) }, word("search-all-results", { n: found.list.length }));
            var p = el("p", { "class": "sw-count" });
            p.append(a);
            place.append(p);
          }
        });
      }).catch(function () {
        if (mine !== turn) return;
        place.hidden = false;
        place.replaceChildren(el("p", { "class": "sw-count" }, word("search-failed")));
      });
    }
    var timer;
    input.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(run, 60); });
    // Arrows go through the results; Enter on one opens it, being a link; Esc clears.
    function move(e, from) {
      var links = sw.all("a", place), i = links.indexOf(from);
      if (e.key === "ArrowDown" && links.length) { e.preventDefault(); (links[i + 1] || links[0]).focus(); }
      else if (e.key === "ArrowUp" && i >= 0) { e.preventDefault(); (links[i - 1] || input).focus(); }
      else if (e.key === "Escape") { input.value = ""; clear(); input.focus(); }
    }
    input.addEventListener("keydown", function (e) { move(e, input); });
    place.addEventListener("keydown", function (e) { move(e, doc.activeElement); });
    // A result may lead to the page it stands on, where the browser would find its words in the result.
    if (more) place.addEventListener("click", function (e) { if (e.target.closest("a")) place.hidden = true; });
    return { run: run, only: function (box) { only = box; box.addEventListener("change", run); } };
  }

  var page = doc.querySelector("[data-results]"), q = doc.getElementById("sw-q");
  if (page) {
    var box = el("form", { "class": "sw-box", role: "search", "aria-label": word("search-title") });
    var input = el("input", { type: "search", "aria-label": word("search"), autocomplete: "off" });
    var check = el("input", { type: "checkbox" }), label = el("label");
    label.append(check, word("search-only-procedures"));
    box.append(input, label);
    var results = el("div");
    page.append(box, results);
    box.addEventListener("submit", function (e) { e.preventDefault(); });
    var main = attach(input, results, 30, false);
    main.only(check);
    input.addEventListener("input", function () {
      try { history.replaceState(null, "", input.value ? "?q=" + encodeURIComponent(input.value) : location.pathname); } catch (e) { /* file:// in some browsers */ }
      var az = doc.querySelector("[data-az]");
      if (az) az.hidden = !!input.value;
    });
    var asked = new URLSearchParams(location.search).get("q");
    if (asked) { input.value = asked; input.dispatchEvent(new Event("input")); }
    input.focus();
  }
  if (q) {
    var popup = el("div", { "class": "sw-popup", hidden: "" });
    q.closest(".sw-find").append(popup);
    attach(q, popup, 8, true);
    if (q.value) q.dispatchEvent(new Event("input"));
    doc.addEventListener("click", function (e) { if (!e.target.closest(".sw-find")) popup.hidden = true; });
    q.addEventListener("focus", function () { if (popup.firstChild) popup.hidden = false; });
    q.closest(".sw-find").addEventListener("focusout", function (e) {
      if (e.relatedTarget && !e.relatedTarget.closest(".sw-find")) popup.hidden = true;
    });
  }
})();
