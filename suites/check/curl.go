package check

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"concord.example/concord/internal/exchange"
)

// CurlOf writes a request for a shell, as it was sent, without credentials.
func (e *Endpoint) CurlOf(request exchange.Request) string { return e.client.Curl(request) }

// Curl writes a search for a shell, as it would be asked of the system, without credentials. The parameters are written
// for people: only what a URL cannot hold is escaped.
func (e *Endpoint) Curl(resourceType string, parameters url.Values) string {
	query := resourceType
	if len(parameters) > 0 {
		query += "?" + parameters.Encode()
	}
	return e.curl(exchange.Request{URL: query})
}

// CurlPost is Curl for a search by POST.
func (e *Endpoint) CurlPost(resourceType string, parameters url.Values) string {
	return e.curl(exchange.Request{URL: resourceType + "/_search", ContentType: "application/x-www-form-urlencoded", Body: parameters.Encode()})
}

// CurlRead is Curl for something that is read by its reference.
func (e *Endpoint) CurlRead(reference string) string { return e.curl(exchange.Request{URL: reference}) }

// CurlWith is CurlRead with one header more.
func (e *Endpoint) CurlWith(reference, name, value string) string {
	with := *e
	if with.header = e.header.Clone(); with.header == nil {
		with.header = http.Header{}
	}
	with.header.Set(name, value)
	return with.CurlRead(reference)
}

// curl writes a request for a shell, as this endpoint asks.
func (e *Endpoint) curl(request exchange.Request) string {
	request.System, request.Header, request.Accept = e.Name, e.header.Clone(), e.header.Get("Accept")
	request.Header.Del("Accept")
	if path, query, ok := strings.Cut(request.URL, "?"); ok {
		request.URL = path + "?" + readable(query)
	}
	return e.client.Curl(request)
}

// shown adds to what is wrong with an answer the request that shows it.
func (e *Endpoint) shown(request exchange.Request, err error) error {
	var wrong *BrokenAnswer
	if errors.As(err, &wrong) && wrong.Finding.Query == "" {
		wrong.Finding.Query = e.curl(request)
	}
	return err
}

// readable takes back the escapes of characters that are plain in the query of a URL (RFC 3986, 3.4) and in FHIR values.
func readable(encoded string) string {
	return strings.NewReplacer("%3A", ":", "%2F", "/", "%2C", ",", "%24", "$").Replace(encoded)
}
