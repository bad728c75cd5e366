package fetch

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Name is the name of a package and the one version of it that is meant.
type Name struct {
	Name, Version string
}

// String writes the name as FHIR tools do, name#version, which is also the name of its folder in the cache.
func (n Name) String() string { return n.Name + "#" + n.Version }

// longestName bounds the parts of a name; file systems allow 255 bytes for both together.
const longestName = 120

// ParseName reads name#version. A version must be exact: a label such as "latest" or "current" names another package from
// one day to the next, and a wildcard several.
func ParseName(text string) (Name, error) {
	name, version, found := strings.Cut(text, "#")
	if !found {
		return Name{}, fmt.Errorf("package %q: write its name as name#version, such as hl7.fhir.r4.core#4.0.1", text)
	}
	part := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	if !part.MatchString(name) || strings.Contains(name, "..") || len(name) > longestName {
		return Name{}, fmt.Errorf("package %q: %q is not the name of a FHIR package", text, name)
	}
	number := regexp.MustCompile(`^[0-9][A-Za-z0-9._+-]*$`)
	if !number.MatchString(version) || strings.Contains(version, "..") || len(version) > longestName {
		return Name{}, fmt.Errorf("package %q: %q is not an exact version, such as 4.0.1", text, version)
	}
	return Name{Name: name, Version: version}, nil
}

// ParseRegistry reads the base URL of a registry.
func ParseRegistry(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil {
		// The error of url.Parse repeats the text, which may hold a password.
		return nil, fmt.Errorf("the URL of the registry cannot be read; write it as https://host/path")
	}
	if !isWeb(base) {
		return nil, fmt.Errorf("registry %s: write its URL as https://host/path", base.Redacted())
	}
	return base, nil
}

func isWeb(u *url.URL) bool { return (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" }
