// Sets the reader's colour choice before the first paint. Everything else waits.
try { var m = localStorage.getItem("sw-mode"); if (m) document.documentElement.dataset.mode = m; } catch (e) {}
document.documentElement.dataset.js = "";
