// Package suggest finds the known word that a mistyped one was meant to be. It promises never to suggest a word that is as
// far from what was typed as any other, and to give the same suggestions in the same order every time.
package suggest
