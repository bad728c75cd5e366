// Package wcag looks at a page in a browser for what the Web Content Accessibility Guidelines 2.2 ask of it at level AA and a
// program can tell: contrast of text, icons and fields (1.4.3, 1.4.11), names of controls, pictures and regions (1.1.1, 2.4.6,
// 4.1.2), the order of headings and the landmarks (1.3.1, 2.4.1), language and title (3.1.1, 2.4.2), zooming (1.4.4), reflow
// (1.4.10), the size of targets (2.5.8), and whether the focus can be seen and read (2.4.7, 1.4.3).
//
// It promises that what it names is there: what it cannot work out, such as text over a picture, it names too, as such. Only
// tests import it; it needs no browser of its own, as it is a script for one.
package wcag

import _ "embed" // the script is a file of its own

// Faults is an expression of JavaScript whose value is a list of texts: each names a fault of the page as it is now, at the
// size of the window that it has. Where the text has the prefix "focus", it was looked for by giving each control the focus, and
// the control that had it before has it again.
//
//go:embed faults.js
var Faults string
