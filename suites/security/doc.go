// Package security holds the checks of who a system lets in, and of what those learn who are not let in: tokens, client
// certificates, TLS, caches, what answers disclose, and the audit trail.
//
// Its checks are asked only where the owner of a system put them in scope, topic by topic. Each asks a question that the
// system answers to somebody with the right proof of who asks, and then asks the same with one thing wrong: a refusal that
// nothing else explains is the pass. They promise to read only, to guess no credentials, and to send nothing but what a client
// of the system could send by mistake.
package security
