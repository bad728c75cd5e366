package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// wellKnown is where a system says how to be let in (SMART App Launch 2.2, Conformance).
const wellKnown = "/.well-known/smart-configuration"

// mostRead is how much of a smart-configuration is read, in bytes.
const mostRead = 1 << 20

// discover returns the token endpoint that a system names: below its base URL, as SMART says, or at the root of its host,
// where others put it.
func discover(ctx context.Context, client *http.Client, baseURL string) (string, error) {
	base, err := url.Parse(strings.TrimSuffix(baseURL, "/"))
	if err != nil {
		return "", errors.New("the base URL cannot be read")
	}
	places := []string{base.String() + wellKnown}
	if root := base.Scheme + "://" + base.Host + wellKnown; root != places[0] {
		places = append(places, root)
	}
	var failed []error
	for _, place := range places {
		endpoint, err := readConfiguration(ctx, client, place)
		if err == nil {
			err = checkTokenURL(endpoint, baseURL)
		}
		if err == nil {
			return endpoint, nil
		}
		failed = append(failed, fmt.Errorf("%s: %w", place, err))
	}
	return "", fmt.Errorf("no token endpoint is found (give auth.tokenURL): %w", errors.Join(failed...))
}

func readConfiguration(ctx context.Context, client *http.Client, place string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, place, nil)
	if err != nil {
		return "", errors.New("the URL cannot be read")
	}
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return "", err
	}
	defer func() { _ = response.Body.Close() }() // it was read as far as it is wanted
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("it answered %d", response.StatusCode)
	}
	var said struct {
		TokenEndpoint string `json:"token_endpoint"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, mostRead)).Decode(&said); err != nil {
		return "", errors.New("it is not JSON")
	}
	if said.TokenEndpoint == "" {
		return "", errors.New("it names no token_endpoint")
	}
	return said.TokenEndpoint, nil
}

// checkTokenURL refuses an endpoint to which credentials must not go: one without TLS for a system with TLS, or with a user
// or password in its URL, which may be printed.
func checkTokenURL(text, baseURL string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("the token endpoint is not an absolute http or https URL")
	}
	if u.User != nil || u.Fragment != "" {
		return errors.New("the token endpoint holds a user, a password or a fragment")
	}
	if u.Scheme == "http" && strings.HasPrefix(baseURL, "https:") {
		return fmt.Errorf("the token endpoint %s://%s has no TLS, and the system has: credentials are not sent there", u.Scheme, u.Host)
	}
	return nil
}
