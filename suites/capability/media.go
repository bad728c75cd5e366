package capability

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// mediaType looks at what a read, a search and an error say that they are.
func mediaType(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	seen := map[string]bool{}
	for _, place := range []string{"metadata", patient.Reference(), "Patient?_id=" + patient.ID()} {
		got, err := get(ctx, env, place)
		if err != nil {
			return findings, err
		}
		if !got.Succeeded() || resourceOf(got) == nil {
			continue
		}
		media, parameters, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
		charset := strings.ToLower(parameters["charset"])
		say := func(rule, message, expected string) {
			if !seen[rule] {
				seen[rule] = true
				findings = append(findings, wrong(env, got, rule, message, expected, orNone(got.Header.Get("Content-Type"))))
			}
		}
		if err != nil || media != "application/fhir+json" {
			say("answer-media-type", fmt.Sprintf("%s does not say of %s that it is FHIR in JSON", env.System.Name, place), "application/fhir+json")
		}
		if charset != "" && charset != "utf-8" && charset != "utf8" {
			say("answer-charset", fmt.Sprintf("%s says of %s that it is in another charset than UTF-8", env.System.Name, place), "charset=utf-8, or none")
		}
	}
	return findings, nil
}

// isJSON reports whether an answer is FHIR in JSON.
func isJSON(got *exchange.Exchange) bool {
	return got.Succeeded() && resourceOf(got) != nil
}

// formatOverAccept asks for JSON by _format while Accept asks for what no FHIR server serves.
func formatOverAccept(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, format := range []string{"json", "application%2Ffhir%2Bjson"} {
		got, err := get(ctx, env, patient.Reference()+"?_format="+format, "Accept", "text/html")
		if err != nil {
			return findings, err
		}
		if err := unavailable(env, got); err != nil {
			return findings, err
		}
		if !isJSON(got) {
			findings = append(findings, wrong(env, got, "format-ignored", fmt.Sprintf("%s does not heed _format=%s where Accept asks for something else", env.System.Name, format),
				"the resource in JSON", fmt.Sprintf("status %d %s", got.Status, got.ContentType())))
		}
	}
	return findings, nil
}

// unservedMedia asks for media types that no server serves. XML and others that a system may serve are not among them.
func unservedMedia(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, c := range []struct{ url, accept, asked string }{
		{patient.Reference(), "application/x-concord-none", "Accept: application/x-concord-none"},
		{patient.Reference() + "?_format=application%2Fx-concord-none", "application/fhir+json", "_format=application/x-concord-none"},
	} {
		got, err := get(ctx, env, c.url, "Accept", c.accept)
		if err != nil {
			return findings, err
		}
		if got.Status < http.StatusBadRequest {
			finding := wrong(env, got, "accept-ignored", fmt.Sprintf("%s answers %s with %s", env.System.Name, c.asked, orNone(got.ContentType())), "status 406", fmt.Sprintf("status %d", got.Status))
			finding.Query = "curl -sS -H 'Accept: " + c.accept + "' '" + got.Request.URL + "'"
			findings = append(findings, finding)
		}
	}
	return findings, nil
}

// encoding asks for a packed answer and for one that is not, and looks at what came.
func encoding(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	var findings []result.Finding
	for _, accepted := range []string{"gzip", "identity"} {
		// A client that names what it accepts unpacks for itself, so the body is as it was sent.
		got, err := get(ctx, env, "metadata", "Accept-Encoding", accepted)
		if err != nil {
			return findings, err
		}
		if err := unavailable(env, got); err != nil {
			return findings, err
		}
		said := strings.ToLower(got.Header.Get("Content-Encoding"))
		packed := strings.HasPrefix(got.Body, "\x1f\x8b")
		say := func(rule, message, expected, actual string) {
			finding := wrong(env, got, rule, message, expected, actual)
			finding.Query = "curl -sS -i -H 'Accept-Encoding: " + accepted + "' '" + got.Request.URL + "'"
			findings = append(findings, finding)
		}
		switch {
		case said == "gzip" && !unpacks(got.Body), said != "gzip" && packed:
			say("content-encoding-lies", fmt.Sprintf("%s says Content-Encoding %s, and the body is not so", env.System.Name, orNone(said)), "a body that is packed as it says", describeBody(got.Body, packed))
		case accepted == "identity" && said != "" && said != "identity":
			say("content-encoding-unasked", fmt.Sprintf("%s packs an answer for a client that does not accept it", env.System.Name), "no Content-Encoding", said)
		}
	}
	return findings, nil
}

// mostUnpacked is how much of a packed answer is unpacked, to see whether it can be.
const mostUnpacked = 4 << 20

func unpacks(body string) bool {
	reader, err := gzip.NewReader(bytes.NewReader([]byte(body)))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, io.LimitReader(reader, mostUnpacked))
	return err == nil
}

func describeBody(body string, packed bool) string {
	if packed {
		return fmt.Sprintf("gzip of %d bytes", len(body))
	}
	return "plain text: " + body[:min(len(body), mostShown)]
}
