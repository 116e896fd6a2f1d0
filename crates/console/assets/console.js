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

  // What is live is asked for again when something happens that it shows: a part names the kinds of events and whom it is
  // about. Where no events come, it is asked for now and then.
  var SLOW = 15000, source = null, due = {}, asked = {}, shown = {}, place = null, away = null;
  // Nobody's focus or selection in a part is taken away.
  function isBusy(node) {
    var at = document.activeElement, marked = window.getSelection();
    return (at !== node && node.contains(at) && !at.id) || (!marked.isCollapsed && node.contains(marked.anchorNode));
  }
  function soon(node) {
    var id = node.id, pace = Number(node.dataset.pace) || 1000;
    if (due[id]) return;
    due[id] = setTimeout(function () {
      delete due[id];
      var now = document.getElementById(id);
      if (!now || !window.htmx || document.hidden) return;
      asked[id] = Date.now();
      if (isBusy(now)) soon(now); else window.htmx.trigger(now, "live");
    }, Math.max(150, (asked[id] || 0) + pace - Date.now()));
  }
  function everything() { document.querySelectorAll("[data-live]").forEach(soon); }
  function hush() { if (source) source.close(); source = null; }
  function listen() {
    if (source || document.hidden || !window.EventSource || !document.querySelector("[data-live]")) return;
    source = new EventSource("/console/live");
    // What happened between the page and its stream, or while it was lost.
    source.onopen = everything;
    source.onerror = function () { if (source && source.readyState === EventSource.CLOSED) hush(); };
    source.addEventListener("news", function (event) {
      var news = JSON.parse(event.data), kind = news.type.split(".")[0];
      document.querySelectorAll("[data-live]").forEach(function (node) {
        var about = node.dataset.about;
        if (node.dataset.live.split(" ").includes(kind) && (!about || about === news.contact_id)) soon(node);
      });
    });
  }
  document.addEventListener("visibilitychange", function () { if (document.hidden) hush(); else listen(); });
  setInterval(function () {
    if (document.hidden) return;
    listen();
    if (!source || source.readyState !== EventSource.OPEN) everything();
  }, SLOW);

  // A part that has not changed is left alone, and the log stays at its end or where its reader is.
  function toTheEnd() {
    var log = document.querySelector(".messages");
    if (log) log.scrollTop = log.scrollHeight;
  }
  window.addEventListener("resize", toTheEnd);
  document.addEventListener("htmx:beforeSwap", function (event) {
    var detail = event.detail, node = detail.target, cause = detail.requestConfig.triggeringEvent;
    if (cause && cause.type === "live") {
      var isOut = detail.xhr.status === 401;
      // That the session has ended is said once, and not in each part.
      if (isOut && !away) {
        away = document.createElement("div");
        away.innerHTML = detail.serverResponse;
        document.querySelector("main").prepend(away);
      }
      if (away && !isOut) { away.remove(); away = null; }
      // What cannot be shown any more stays as it was: whoever writes there learns of it when they send.
      if (isOut || detail.isError || shown[node.id] === detail.serverResponse) detail.shouldSwap = false;
    }
    if (detail.shouldSwap) shown[node.id] = detail.serverResponse;
    place = node.matches(".messages") && node.scrollTop + node.clientHeight < node.scrollHeight - 40 ? node.scrollTop : null;
  });

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

  document.addEventListener("DOMContentLoaded", function () { localize(document); attend(); toTheEnd(); showHere(); listen(); });
  document.addEventListener("htmx:afterSwap", function (event) {
    localize(document);
    var log = document.querySelector(".messages");
    if (!log || event.detail.target.id !== log.id) return;
    if (place === null) toTheEnd(); else log.scrollTop = place;
  });
})();
