package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/profiles/definition"
)

// maxManifest bounds the bytes of a manifest; those of packages with hundreds of versions have about 1 MB.
const maxManifest = 64 << 20

// manifest is what a registry tells of a package, as far as it matters here.
type manifest struct {
	Versions map[string]struct {
		Dist dist `json:"dist"`
	} `json:"versions"`
}

// dist says where the archive of a version is, and its checksums.
type dist struct {
	Tarball   string `json:"tarball"`
	Shasum    string `json:"shasum"`
	Integrity string `json:"integrity"`
}

// versions lists the latest versions that a registry has, for a person who asked for one that it has not.
func (m *manifest) versions() string {
	const most = 5
	list := make([]string, 0, len(m.Versions))
	for version := range m.Versions {
		list = append(list, version)
	}
	slices.SortFunc(list, func(a, b string) int {
		if order := definition.CompareVersions(b, a); order != 0 {
			return order
		}
		return strings.Compare(a, b)
	})
	if len(list) == 0 {
		return "it has none"
	}
	if len(list) > most {
		return "the latest it has are " + strings.Join(list[:most], ", ")
	}
	return "it has " + strings.Join(list, ", ")
}

// manifestOf asks the registry about a package.
func (f *Fetcher) manifestOf(ctx context.Context, name string) (*manifest, error) {
	at := f.Registry.JoinPath(name)
	response, err := f.get(ctx, at, "application/json")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(response.Body, maxManifest+1))
	if err != nil {
		return nil, fmt.Errorf("read the manifest at %s: %w", at.Redacted(), err)
	}
	if len(data) > maxManifest {
		return nil, fmt.Errorf("read the manifest at %s: it is larger than %d MB", at.Redacted(), maxManifest>>20)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read the manifest at %s: it is not one of the npm protocol; is this the base URL of a FHIR package registry? %w",
			at.Redacted(), err)
	}
	return &m, nil
}

// get asks for a URL and wants the answer 200.
func (f *Fetcher) get(ctx context.Context, at *url.URL, accept string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", at.Redacted(), err)
	}
	request.Header.Set("Accept", accept)
	// Without this the transport might unpack the archive, whose checksum is that of the packed bytes.
	request.Header.Set("Accept-Encoding", "identity")
	request.Header.Set("User-Agent", "concord")
	client := *f.client()
	client.CheckRedirect = noDowngrade
	response, err := client.Do(request)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // it names the URL again
		}
		return nil, fmt.Errorf("ask %s: %w", at.Redacted(), err)
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	_ = response.Body.Close()
	switch response.StatusCode {
	case http.StatusNotFound:
		return nil, fmt.Errorf("ask %s: the registry does not have it (404)", at.Redacted())
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, fmt.Errorf("ask %s: the registry does not let you (%d); give a name and password in its URL if you have them", at.Redacted(), response.StatusCode)
	default:
		return nil, fmt.Errorf("ask %s: the registry answered %s", at.Redacted(), response.Status)
	}
}

// noDowngrade follows ten redirects at most, and none from https to http.
func noDowngrade(request *http.Request, via []*http.Request) error {
	const most = 10
	if len(via) >= most {
		return fmt.Errorf("more than %d redirects", most)
	}
	if via[len(via)-1].URL.Scheme == "https" && request.URL.Scheme != "https" {
		return errors.New("it redirects from https to http, which is refused")
	}
	return nil
}
