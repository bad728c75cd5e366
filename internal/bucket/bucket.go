// Package bucket copies folders to and from object storage that speaks the protocol of Amazon S3.
//
// It promises that what is there is the folder: each file is sent with its SHA-256 and held against it when it is fetched; that
// copying again sends and fetches only what is not there yet, of large files down to the part; that the files named as last are
// sent after all others, so that a folder without them is known to be half there; and that nothing is written outside the folder
// that is fetched into, whatever the objects are called. Credentials come from the environment and are in no error.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// The variables of the environment, as other clients of S3 read them.
const (
	accessKey  = "AWS_ACCESS_KEY_ID"
	secretKey  = "AWS_SECRET_ACCESS_KEY" //nolint:gosec // the name of a variable
	session    = "AWS_SESSION_TOKEN"
	identity   = "AWS_WEB_IDENTITY_TOKEN_FILE"
	endpoint   = "AWS_ENDPOINT_URL"
	endpointS3 = "AWS_ENDPOINT_URL_S3"
	region     = "AWS_REGION"
)

// digestKey is the user metadata that says the SHA-256 of an object, in hexadecimal.
const digestKey = "Sha256"

// partBytes is the size of the parts of a large file. A part that was sent is not sent again.
const partBytes = 16 << 20

// Place is a prefix in a bucket.
type Place struct {
	core           minio.Core
	bucket, prefix string
	// part is the size of a part, in bytes.
	part int64
}

// Is reports whether a name is an address in object storage.
func Is(name string) bool { return strings.HasPrefix(name, "s3://") }

// Open reads an address s3://BUCKET/PREFIX. environ gives the environment: credentials, and AWS_ENDPOINT_URL for storage that is
// not Amazon's. Nothing is asked yet.
func Open(address string, environ func(string) string) (*Place, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Port() != "" {
		return nil, fmt.Errorf("%q is no address like s3://BUCKET/PREFIX", address)
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" && !fs.ValidPath(prefix) {
		return nil, fmt.Errorf("%q has a prefix that is no path", address)
	}
	at := environ(endpointS3)
	if at == "" {
		at = environ(endpoint)
	}
	lookup := minio.BucketLookupPath
	if at == "" {
		at, lookup = "https://s3.amazonaws.com", minio.BucketLookupAuto
	}
	e, err := url.Parse(at)
	if err != nil || e.Host == "" || e.User != nil || strings.Trim(e.Path, "/") != "" || e.Scheme != "https" && (e.Scheme != "http" || !loopback(e.Hostname())) {
		return nil, fmt.Errorf("%s is no https address of object storage", endpoint)
	}
	var known *credentials.Credentials
	switch {
	case environ(accessKey) != "" && environ(secretKey) != "":
		known = credentials.NewStaticV4(environ(accessKey), environ(secretKey), environ(session))
	case environ(identity) != "":
		known = credentials.NewIAM("")
	default:
		return nil, fmt.Errorf("%s and %s are not set, nor %s: nothing says who asks the object storage", accessKey, secretKey, identity)
	}
	client, err := minio.New(e.Host, &minio.Options{Creds: known, Secure: e.Scheme == "https", Region: environ(region), BucketLookup: lookup, MaxRetries: 5})
	if err != nil {
		return nil, fmt.Errorf("object storage: %w", err)
	}
	return &Place{core: minio.Core{Client: client}, bucket: u.Host, prefix: prefix, part: partBytes}, nil
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// String is the address.
func (p *Place) String() string { return strings.TrimSuffix("s3://"+p.bucket+"/"+p.prefix, "/") }

func (p *Place) key(name string) string {
	if p.prefix == "" {
		return name
	}
	return p.prefix + "/" + name
}

// within is what the key of everything at the place begins with.
func (p *Place) within() string { return p.key("") }

// Copied says what a copy came to.
type Copied struct {
	// Files is how many there are, Sent how many of them, and Bytes how much, had to be copied.
	Files, Sent int
	Bytes       int64
}

// told says what storage answered, in words for whoever set it up.
func told(err error) error {
	answer := minio.ToErrorResponse(err)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case answer.Code == "NoSuchBucket":
		return errors.New("there is no such bucket")
	case answer.StatusCode == http.StatusForbidden || answer.Code == "AccessDenied":
		return errors.New("the object storage refuses it: look at the credentials and what they may do (list, read, write)")
	case answer.Code != "" && answer.StatusCode != 0:
		return fmt.Errorf("the object storage answers %d %s", answer.StatusCode, answer.Code)
	}
	if unreached := (*net.OpError)(nil); errors.As(err, &unreached) {
		return fmt.Errorf("the object storage cannot be reached (%w): look at %s", unreached, endpoint)
	}
	return err
}
