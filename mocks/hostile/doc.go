// Package hostile holds what real FHIR servers, and what stands between them and a client, were seen to do: every odd
// answer, every wrong one and every fault of transport, as a named switch over a handler that does everything right.
//
// A Behaviour says whether FHIR R4 and HTTP allow it. What they allow is legal, and nobody may be blamed for it; what they do
// not allow is a fault, and whoever judges the server owes the finding, or the reason why nothing could be told, that the
// behaviour names.
//
// Wrap promises that only what a Setting is about is changed (everything, one resource type, or one patient), that a
// behaviour does exactly what its title says, and that nothing it does needs more memory than the answer itself: what never
// ends is written piece by piece, and ends when the client goes.
package hostile
