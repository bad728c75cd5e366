// Package container runs the two mock systems as containers, one per system, built from scratch out of our own static
// binary, so that no registry is needed.
//
// It promises that pause, kill, partition and heal are one call each, that partition cuts the systems off from each
// other and not from the harness, and that containers, networks and images of a run that is gone are removed by label,
// even when that run crashed. It is the only package that knows testcontainers.
package container
