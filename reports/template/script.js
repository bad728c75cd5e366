
(function () {
  'use strict';
  var each = function (list, act) { Array.prototype.forEach.call(list, act); };
  each(document.querySelectorAll('[data-script]'), function (tool) { tool.hidden = false; });

  var checks = document.querySelectorAll('details.check');
  var setAll = function (open) { each(checks, function (check) { check.open = open; }); };
  document.getElementById('open').addEventListener('click', function () { setAll(true); });
  document.getElementById('close').addEventListener('click', function () { setAll(false); });
  var details = document.getElementById('details');
  window.addEventListener('beforeprint', function () { if (details.open) { setAll(true); } });
  document.getElementById('print').addEventListener('click', function () { details.open = false; window.print(); });

  var openTarget = function () {
    var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var at = target; at; at = at.parentElement) {
      if (at.tagName === 'DETAILS') { at.open = true; }
    }
    if (target) { target.scrollIntoView(); }
  };
  window.addEventListener('hashchange', openTarget);
  openTarget();

  var find = document.getElementById('find');
  if (!find) { return; }
  var only = document.getElementById('only');
  var found = document.getElementById('found');
  var cells = document.querySelectorAll('[data-ods]');
  var filter = function () {
    var text = find.value.trim().toLowerCase();
    var count = 0;
    each(cells, function (cell) {
      var match = cell.textContent.toLowerCase().indexOf(text) >= 0 && (!only.checked || cell.querySelector('a'));
      cell.classList.toggle('dim', !match);
      if (match) { count += 1; }
    });
    found.textContent = text || only.checked ? count + ' of ' + cells.length + ' providers match' : '';
  };
  find.addEventListener('input', filter);
  only.addEventListener('change', filter);
}());
