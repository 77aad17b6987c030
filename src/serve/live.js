// Part of the preview only: waits for news, reloads the page when it changed (the browser keeps the place), and shows findings over it.
(function () {
  "use strict";
  var me = document.currentScript, seen = +me.dataset.seen, output = me.dataset.output;
  var main = document.querySelector("[data-source]"), page = main ? main.dataset.source : "";
  var box = document.createElement("details");
  box.className = "sw-live";
  box.hidden = true;
  document.body.appendChild(box);
  function line(tag, text) { var e = document.createElement(tag); e.textContent = text; return e; }
  function show(news) {
    var notes = news.notes || [];
    box.replaceChildren();
    box.hidden = !notes.length && !news.failure;
    if (news.failure) {
      box.append(line("summary", "The site could not be built; this is the last one that could"), line("pre", news.failure));
      box.open = true;
      return;
    }
    var list = document.createElement("ol");
    notes.forEach(function (n) { list.append(line("li", "line " + n.line + ", " + n.level + ": " + n.message + " (" + n.rule + ")")); });
    box.append(line("summary", notes.length + (notes.length === 1 ? " finding" : " findings") + " on this page"), list);
  }
  function ask(first) {
    fetch("/-stepwright/news?seen=" + (first ? 0 : seen) + "&output=" + encodeURIComponent(output) + "&page=" + encodeURIComponent(page))
      .then(function (r) { return r.json(); })
      .then(function (news) {
        if (!first && news.reload) { location.reload(); return; }
        if (!first) seen = news.version;
        show(news);
        ask(false);
      })
      .catch(function () { setTimeout(function () { ask(false); }, 1000); });
  }
  ask(true);
})();
