// Package redact takes secrets out of text where text leaves the process: evidence, reports, errors, what is printed.
//
// It promises that a secret it was told of survives in no spelling: as it is, in Base64 at any place of a longer text, and
// with any of its characters written as an escape of JSON, HTML, XML, a URL or a shell, up to three of those inside each
// other. Time grows linearly with the text. A nil *Redactor knows no secret and changes nothing.
package redact
