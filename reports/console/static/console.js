(function () {
  'use strict';
  var live = document.getElementById('live');
  if (live && window.EventSource) {
    var source = new EventSource(live.dataset.events);
    source.addEventListener('progress', function (event) {
      // What somebody is about to send is not taken away from under their hands.
      var typed = Array.prototype.some.call(live.querySelectorAll('input:not([type=hidden])'), function (input) { return input.value !== ''; });
      if (!typed && !live.contains(document.activeElement)) { live.innerHTML = JSON.parse(event.data); }
    });
    source.addEventListener('done', function (event) {
      source.close();
      location.assign(JSON.parse(event.data));
    });
  }
}());
