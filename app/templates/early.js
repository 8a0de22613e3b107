(function (told) {
  // Opens the stream before any script of the build is there: a round trip or two sooner.
  var here = new URLSearchParams(location.search), study = /^\/studies\/([0-9.]+)$/.exec(location.pathname);
  var density = Math.min(devicePixelRatio || 1, 3), query = new URLSearchParams({ v: told.v });
  function say(name, value) { if (value) query.set(name, value); }
  var held = "[]";
  try { held = localStorage.getItem("firstlight-held") || held; } catch (_) {}
  query.set("fresh", study && held.includes('"' + study[1] + '"') ? "0" : "1");
  if (study) {
    say("study", study[1]);
    say("series", told.series || here.get("series"));
    say("position", told.position || here.get("position"));
  }
  query.set("width", Math.round(innerWidth * density) || 1);
  query.set("height", Math.max(1, Math.round((innerHeight - 224) * density)));
  say("have", told.have);
  say("layout", told.layout);
  var socket = new WebSocket(location.origin.replace("http", "ws") + "/stream?" + query, told.protocol);
  var received = [];
  socket.binaryType = "arraybuffer";
  socket.onmessage = function (event) { received.push(event.data); };
  window.firstlightEarly = { socket: socket, received: received };
})(document.currentScript.dataset);
