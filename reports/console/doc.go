// Package console shows the run folders of a directory as pages, and has runs started, watched, compared and signed.
//
// It promises that everything shown is printed from the evidence in the folders and kept nowhere else (the index of the
// list is made again whenever it is missing); that what a folder holds, whoever wrote it, is text on a page and never
// more; that no request reads or writes outside the directory; that nothing is changed for somebody who may not change
// it, and that who started, stopped or signed something is written down. It knows results and evidence, and not how a run
// is made: that stands behind Starter.
package console
