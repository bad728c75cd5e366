package auth

import (
	"context"
	"encoding/base64"
	"net/http"
)

// Method proves at one system who asks. It is safe for concurrent use. A *Tokens is one; so is what Static returns.
type Method interface {
	// Authorize puts the proof into the header of a request. The error says why there is none, and what to do.
	Authorize(ctx context.Context, header http.Header) error
	// Answered is told the status of the answer to a request with such a header. It reports whether the request is worth
	// sending again, with another proof.
	Answered(status int, header http.Header) (again bool)
}

// Bearer sends a token that was given out by hand.
func Bearer(token string) Method { return static{"Authorization", "Bearer " + token} }

// Basic sends a user name and a password (RFC 7617).
func Basic(username, password string) Method {
	return static{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))}
}

// APIKey sends a key in a header of a name.
func APIKey(header, key string) Method { return static{http.CanonicalHeaderKey(header), key} }

// static is a proof that never changes.
type static struct{ header, value string }

// Authorize sets the header.
func (s static) Authorize(_ context.Context, header http.Header) error {
	header.Set(s.header, s.value)
	return nil
}

// Answered never reports that there is another proof.
func (s static) Answered(int, http.Header) bool { return false }
