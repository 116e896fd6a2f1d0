// What pages do beyond plain HTML. Every page works without it.
(function () {
  "use strict";

  // Instants on the reader's own clock; the exact one stays in the title.
  var form = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  function localize(root) {
    root.querySelectorAll("time[datetime]").forEach(function (node) {
      var at = new Date(node.getAttribute("datetime"));
      if (node.title || isNaN(at)) return;
      node.title = node.textContent;
      node.textContent = form.format(at);
    });
  }

  // A file is read here and travels as text, so that it can be looked at before it is sent.
  function readInto(input) {
    var target = document.getElementById(input.dataset.into);
    var file = input.files && input.files[0];
    if (!target || !file) return;
    file.text().then(function (text) {
      target.value = text;
      target.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  // A form is sent once, however often somebody clicks.
  document.addEventListener("submit", function (event) {
    if (event.target.method !== "post") return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "yes";
    setTimeout(function () { delete event.target.dataset.sent; }, 5000);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (node) { delete node.dataset.sent; });
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("input[type=file][data-into]")) readInto(event.target);
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) return;
    navigator.clipboard.writeText(button.dataset.copy).then(function () { button.textContent = "Copied"; });
  });

  // What is live asks again every three seconds while somebody looks, and stays at its end.
  function toTheEnd() {
    var log = document.querySelector(".messages");
    if (log) log.scrollTop = log.scrollHeight;
  }
  window.addEventListener("resize", toTheEnd);
  setInterval(function () {
    if (document.visibilityState !== "visible" || !window.htmx) return;
    document.querySelectorAll("[data-live]").forEach(function (node) { window.htmx.trigger(node, "live"); });
  }, 3000);

  // Whoever sent a form that was refused starts at what is wrong.
  function attend() {
    var alert = document.querySelector("main [role=alert]");
    if (alert && document.querySelector("main [aria-invalid]")) {
      alert.tabIndex = -1;
      alert.focus();
    }
  }

  // On a telephone the navigation is longer than the screen: one sees where one is.
  function showHere() {
    var here = document.querySelector("nav.main [aria-current]");
    if (here) here.closest("nav").scrollLeft = here.offsetLeft - 24;
  }

  document.addEventListener("DOMContentLoaded", function () { localize(document); attend(); toTheEnd(); showHere(); });
  document.addEventListener("htmx:afterSwap", function () {
    localize(document);
    if (document.querySelector(".messages:not(:hover):not(:focus-within)")) toTheEnd();
  });
})();
