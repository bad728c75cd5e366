// Package fetch brings packages of FHIR definitions from a FHIR package registry into the FHIR package cache. It is the only
// part of Concord that talks to a registry, and it does so only when it is asked to.
//
// It promises that a package in the cache is whole and is the one that was asked for: the bytes have the checksum that the
// registry states, no path leads out of the package, its package.json has its name and version, and the folder appears in
// one step, when everything in it is written. A failure leaves the cache as it was.
//
// Registries speak the protocol of npm (https://github.com/npm/registry, "package metadata"); the layout of packages and of
// the cache is that of the FHIR package specification (https://hl7.org/fhir/packages.html).
package fetch
