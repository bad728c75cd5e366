(() => {
  'use strict';
  const faults = new Map();
  // One of a kind is enough to mend the kind: each is named with how many there are.
  const add = (kind, element, detail) => {
    const tag = element.tagName.toLowerCase();
    const name = tag + (element.id ? '#' + element.id : '') + (element.classList.length ? '.' + [...element.classList].join('.') : '');
    const key = kind + ' ' + tag + [...element.classList].join('.') + detail;
    const known = faults.get(key);
    if (known) { known.count++; return; }
    faults.set(key, {count: 1, text: kind + ': ' + name + ' "' + (element.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 40) + '" ' + detail});
  };
  const all = selector => [...document.querySelectorAll(selector)];

  // Colours, as [red, green, blue, alpha].
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const colours = new Map();
  const colour = text => {
    if (!colours.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = '#000';
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      colours.set(text, [r, g, b, a / 255]);
    }
    return colours.get(text);
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const luminance = c => {
    const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [a, b] = [luminance(one), luminance(other)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  // What lies behind an element (null for a picture), and how much of what is on it shows: all of it fades with any element around.
  const page = over(colour(getComputedStyle(document.documentElement).backgroundColor), colour('Canvas'));
  const behind = (element, own) => {
    const layers = [];
    let shows = 1;
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      shows *= Number(style.opacity);
      if (e === element && !own || e.closest('svg') || layers.length && layers.at(-1)[3] === 1) { continue; }
      if (style.backgroundImage !== 'none') { return null; }
      layers.push(colour(style.backgroundColor));
    }
    return {colour: layers.reduceRight((below, top) => over(top, below), page), shows};
  };
  const shown = element => {
    if (!element.checkVisibility({checkVisibilityCSS: true, checkOpacity: true})) { return false; }
    const box = element.getBoundingClientRect();
    // Text for screen readers alone is one pixel large, and what is skipped to lies outside until it has the focus.
    return box.width > 1 && box.height > 1 && box.bottom + scrollY > 0 && box.right + scrollX > 0;
  };
  const ratio = n => n.toFixed(2) + ' to 1';
  const disabled = element => element.closest(':disabled,[aria-disabled=true]');

  const readable = (element, ink, when) => {
    const style = getComputedStyle(element);
    const ground = behind(element, true);
    if (!ground) { add(when + 'contrast', element, 'lies over a picture, and nobody can tell'); return; }
    const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const least = size >= 24 || bold && size >= 18.66 ? 3 : 4.5;
    const c = colour(ink);
    const got = contrast(over([c[0], c[1], c[2], c[3] * ground.shows], ground.colour), ground.colour);
    if (got < least) { add(when + 'contrast', element, ratio(got) + ', and needs ' + least); }
  };

  // 1.4.3: every text that is seen.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || texts.has(element) || element.matches('script,style,noscript,title,desc,option') || disabled(element) || !shown(element)) { continue; }
    texts.add(element);
    readable(element, element.closest('svg') ? getComputedStyle(element).fill : getComputedStyle(element).color, '');
  }
  for (const field of all('input:not([type=hidden],[type=checkbox],[type=radio]),select,textarea')) {
    if (!disabled(field) && shown(field)) { readable(field, getComputedStyle(field).color, ''); }
  }

  // 1.4.11: icons, and the edges of fields.
  for (const icon of all('svg')) {
    if (!shown(icon) || !icon.querySelector('use,path,circle,rect') || icon.querySelector('[class*="b-"]') || disabled(icon)) { continue; }
    const ground = behind(icon.parentElement, true);
    const c = colour(getComputedStyle(icon).stroke === 'none' ? getComputedStyle(icon).color : getComputedStyle(icon).stroke);
    if (ground && contrast(over([c[0], c[1], c[2], c[3] * ground.shows], ground.colour), ground.colour) < 3) { add('contrast of an icon', icon, 'is below 3 to 1'); }
  }
  for (const field of all('input:not([type=hidden],[type=checkbox],[type=radio]),select,textarea')) {
    if (!shown(field) || disabled(field)) { continue; }
    const style = getComputedStyle(field), around = behind(field, false);
    const edge = style.borderTopStyle !== 'none' && parseFloat(style.borderTopWidth) > 0 ? colour(style.borderTopColor) : colour(style.backgroundColor);
    if (around && contrast(over(edge, around.colour), around.colour) < 3) { add('contrast of a field', field, 'is below 3 to 1'); }
  }

  // 4.1.2, 1.1.1: names.
  const referred = (element, attribute) => (element.getAttribute(attribute) || '').split(/\s+/).filter(Boolean);
  const nameOf = element => {
    const by = referred(element, 'aria-labelledby').map(id => document.getElementById(id)).filter(Boolean).map(e => e.textContent).join(' ').trim();
    const inside = () => [element.textContent, ...[...element.querySelectorAll('[aria-label],img[alt],svg>title')].map(e => e.getAttribute('aria-label') || e.getAttribute('alt') || e.textContent)].join(' ').trim();
    return by || (element.getAttribute('aria-label') || '').trim() || element.labels && [...element.labels].map(l => l.textContent).join(' ').trim() ||
      (element.matches('a,button,summary,[role=button],[role=link]') && inside()) || (element.getAttribute('alt') || element.getAttribute('title') || '').trim() ||
      element.querySelector && element.matches('svg') && element.querySelector('title')?.textContent.trim() || '';
  };
  const visible = element => element.checkVisibility({checkVisibilityCSS: true});
  const controls = all('a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=link],[tabindex="0"]').filter(visible);
  for (const control of controls) { if (!nameOf(control)) { add('name', control, 'has none'); } }
  for (const picture of all('img,svg,[role=img],canvas,progress,meter')) {
    if (visible(picture) && !picture.closest('[aria-hidden=true]') && !picture.matches('img[alt=""]') && !nameOf(picture)) { add('name of a picture', picture, 'has none'); }
  }
  for (const element of all('[aria-labelledby],[aria-describedby],[aria-controls],[aria-owns],label[for]')) {
    for (const attribute of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns', 'for']) {
      for (const id of referred(element, attribute)) { if (!document.getElementById(id)) { add('reference', element, attribute + ' leads to no #' + id); } }
    }
  }
  const ids = new Set();
  for (const element of all('[id]')) {
    if (ids.has(element.id)) { add('id', element, 'stands twice: ' + element.id); }
    ids.add(element.id);
  }
  for (const hidden of all('[aria-hidden=true]')) {
    if ([hidden, ...hidden.querySelectorAll('a[href],button,input,select,textarea,[tabindex]')].some(e => e.tabIndex >= 0 && visible(e))) { add('hidden', hidden, 'holds what can have the focus'); }
  }

  // 1.3.1, 2.4.1, 2.4.6: headings and landmarks.
  let level = 0;
  const headings = all('h1,h2,h3,h4,h5,h6').filter(visible);
  for (const heading of headings) {
    const here = Number(heading.tagName[1]);
    if (here > level + 1) { add('heading', heading, 'of level ' + here + ' follows one of level ' + level); }
    if (!nameOf(heading) && !heading.textContent.trim()) { add('heading', heading, 'is empty'); }
    level = here;
  }
  if (headings.filter(h => h.tagName === 'H1').length !== 1) { add('heading', document.body, headings.filter(h => h.tagName === 'H1').length + ' of level 1'); }
  if (all('main').filter(visible).length !== 1) { add('landmark', document.body, all('main').length + ' main'); }
  const landmarks = new Set();
  for (const region of all('nav,section[aria-label],section[aria-labelledby],[role=region],form[aria-label],form[aria-labelledby],aside').filter(visible)) {
    const role = region.getAttribute('role') || {NAV: 'navigation', FORM: 'form', ASIDE: 'complementary'}[region.tagName] || 'region';
    const key = role + ' ' + nameOf(region);
    if (landmarks.has(key)) { add('landmark', region, 'is called like another: ' + key); }
    if (region.matches('[role=region]') && !nameOf(region)) { add('landmark', region, 'has no name'); }
    landmarks.add(key);
  }
  for (const table of all('table:not([role=presentation])').filter(visible)) { if (!table.querySelector('th')) { add('table', table, 'has no heading cells'); } }
  for (const cell of all('thead th,tbody th').filter(visible)) { if (!cell.hasAttribute('scope')) { add('table', cell, 'has no scope'); } }

  // 3.1.1, 2.4.2, 1.4.4.
  if (!/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(document.documentElement.lang)) { add('language', document.documentElement, 'is not said'); }
  if (!document.title.trim()) { add('title', document.documentElement, 'is not there'); }
  const view = document.querySelector('meta[name=viewport]');
  if (view && /user-scalable\s*=\s*(no|0)|maximum-scale\s*=\s*[01](\.|\b)/.test(view.content)) { add('zoom', document.documentElement, 'is forbidden'); }
  for (const element of all('[tabindex]')) { if (element.tabIndex > 0) { add('order', element, 'has a tabindex above 0'); } }

  // 1.4.10: nothing but tables and code scrolls sideways.
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) { add('reflow', document.body, 'is ' + root.scrollWidth + ' pixels wide in ' + root.clientWidth); }
  const scrolls = element => element.closest('.scroll,svg') && !element.matches('.scroll');
  for (const element of all('body *')) {
    if (!scrolls(element) && shown(element) && element.getBoundingClientRect().right > root.clientWidth + 1) { add('reflow', element, 'ends beyond the window'); }
  }
  for (const element of all('.scroll')) {
    const style = getComputedStyle(element);
    if (shown(element) && element.scrollWidth > element.clientWidth + 1 && (style.overflowX === 'visible' || element.tabIndex < 0)) { add('reflow', element, 'cannot be scrolled by keyboard'); }
  }

  // 2.5.8: 24 pixels, or as much room around. Links in a sentence are as high as its lines.
  const inSentence = element => {
    if (getComputedStyle(element).display !== 'inline') { return false; }
    const block = element.closest('p,li,dd,td,th,div,h1,h2,h3,h4,h5,label,span.line,caption');
    return Boolean(block) && block.textContent.trim().length > element.textContent.trim().length;
  };
  const targets = controls.filter(e => shown(e) && !e.matches('.scroll,pre,[role=region]')).map(e => {
    const label = e.matches('input[type=checkbox],input[type=radio]') && e.labels && e.labels[0];
    return {element: e, box: (label || e).getBoundingClientRect()};
  });
  for (const one of targets) {
    if (one.box.width >= 23.99 && one.box.height >= 23.99 || inSentence(one.element)) { continue; }
    const [x, y] = [one.box.left + one.box.width / 2, one.box.top + one.box.height / 2];
    const near = targets.some(other => {
      if (other === one) { return false; }
      const dx = Math.max(other.box.left - x, 0, x - other.box.right), dy = Math.max(other.box.top - y, 0, y - other.box.bottom);
      return Math.hypot(dx, dy) < 12;
    });
    if (near) { add('target', one.element, 'is ' + Math.round(one.box.width) + ' by ' + Math.round(one.box.height) + ' pixels, with another near'); }
  }

  // 2.4.7 and 1.4.3: whoever has the focus is seen to have it, and can be read.
  const look = element => {
    const s = getComputedStyle(element);
    return [s.outlineStyle === 'none' ? '' : s.outlineColor + s.outlineWidth, s.boxShadow, s.backgroundColor, s.color, s.borderColor, s.textDecoration].join('|');
  };
  const had = document.activeElement, [left, top] = [scrollX, scrollY];
  const kinds = new Set();
  for (const control of controls) {
    const kind = control.tagName + control.className + control.parentElement.className + look(control);
    if (kinds.has(kind) || disabled(control)) { continue; }
    kinds.add(kind);
    if (document.activeElement) { document.activeElement.blur(); }
    const before = look(control);
    control.focus({preventScroll: true, focusVisible: true});
    if (document.activeElement !== control) { continue; }
    if (look(control) === before) { add('focus', control, 'cannot be seen'); }
    if (shown(control) && control.textContent.trim() && !control.matches('.scroll,pre,[role=region],select,textarea')) { readable(control, getComputedStyle(control).color, 'focus, '); }
  }
  if (document.activeElement) { document.activeElement.blur(); }
  if (had && had !== document.body) { had.focus({preventScroll: true}); }
  scrollTo(left, top);
  return [...faults.values()].map(f => f.text + (f.count > 1 ? ' (and ' + (f.count - 1) + ' like it)' : ''));
})()
