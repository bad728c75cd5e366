package mocks

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
)

const (
	fhirJSON = "application/fhir+json"
	// contentType is what every FHIR answer says it is.
	contentType = fhirJSON + "; charset=utf-8"
)

// negotiate refuses a request whose Accept header or _format parameter leaves no room for FHIR JSON (FHIR R4 3.1.0.1.10).
// _format wins over Accept, because that is what it is for.
func negotiate(header http.Header, query url.Values) error {
	if formats, ok := query["_format"]; ok {
		for _, format := range formats {
			if !isJSON(strings.ReplaceAll(format, " ", "+")) {
				return fail(http.StatusNotAcceptable, "not-supported", "_format %q is not offered: ask for json or %s", format, fhirJSON)
			}
		}
		return nil
	}
	accept := strings.Join(header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return nil
	}
	for item := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(item)
		if err != nil || params["q"] == "0" {
			continue
		}
		switch media {
		case "*/*", "application/*":
			return nil
		}
		if !isJSON(media) {
			continue
		}
		if version, ok := params["fhirversion"]; ok && version != "4.0" {
			continue
		}
		return nil
	}
	return fail(http.StatusNotAcceptable, "not-supported", "Accept %q is not offered: accept %s", accept, fhirJSON)
}

func isJSON(media string) bool {
	media, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(media)), ";")
	switch media {
	case "json", fhirJSON, "application/json", "text/json", "application/json+fhir":
		return true
	default:
		return false
	}
}

// requireMedia refuses a body that is not one of the media types.
func requireMedia(header http.Header, allowed ...string) error {
	given := header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(given)
	if err == nil {
		for _, want := range allowed {
			charset := strings.ToLower(params["charset"])
			if media == want && (charset == "" || charset == "utf-8") {
				return nil
			}
		}
	}
	return fail(http.StatusUnsupportedMediaType, "not-supported", "Content-Type %q is not accepted: send %s",
		given, strings.Join(allowed, " or "))
}
