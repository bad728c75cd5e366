// Package pack puts a run folder into one file that can be handed on, signed and checked: a ZIP archive with every file that
// Concord wrote there, a manifest of their SHA-256, and an in-toto test-result statement about them.
//
// It promises that the same folder gives the same bytes, that packing and unpacking take memory that does not grow with the
// run, that nothing of an archive is written outside the folder that was named, that an archive which is not as this package
// writes it is refused with the entry named, and that a signature counts only for a key that the reader gave, once for each
// different key. Envelopes are DSSE (https://github.com/secure-systems-lab/dsse, version 1), statements in-toto Statement v1
// with the predicate https://in-toto.io/attestation/test-result/v0.1. The statement's few fields are written here: the
// types of github.com/in-toto/attestation bring the runtime of Protocol Buffers with them.
package pack
