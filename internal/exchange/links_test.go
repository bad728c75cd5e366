package exchange

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func linked(t testing.TB, base string, header http.Header) *target {
	t.Helper()
	c, err := NewClient([]Target{{Name: "ccr", BaseURL: base, Header: header}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c.targets["ccr"]
}

func TestCredentialsGoNowhereButBelowTheBase(t *testing.T) {
	const base = "https://ccr.example.test/fhir/R4"
	guarded, open := linked(t, base, http.Header{"Authorization": {"Bearer x"}}), linked(t, base+"/", nil)
	for text, want := range map[string]string{
		"Patient/1":                          base + "/Patient/1",
		"Patient?name=a#frag":                base + "/Patient?name=a",
		"":                                   base + "/",
		"/Patient":                           base + "/Patient",
		"?_getpages=7":                       base + "/?_getpages=7",
		"/fhir/R4/Patient?x=1":               base + "/Patient?x=1",
		base:                                 base,
		base + "?_getpages=7":                base + "?_getpages=7",
		"//ccr.example.test/fhir/R4/Patient": base + "/Patient",
		"https://CCR.example.test:443/fhir/R4/Patient":  base + "/Patient",
		"https://ccr.example.test./fhir/R4/Patient":     base + "/Patient",
		base + "/a/./Patient":                           base + "/a/Patient",
		"https://ccr.example.test/fhir":                 "",
		"https://ccr.example.test/fhir/R40/Patient":     "",
		"https://ccr.example.test/admin":                "",
		base + "/../admin":                              "",
		base + "/%2e%2e/admin":                          "",
		base + "/%252e%252e/admin":                      "",
		base + `/..\admin`:                              "",
		base + "/..;/admin":                             "",
		"../admin":                                      "",
		"http://ccr.example.test/fhir/R4/Patient":       "never",
		"https://ccr.example.test:8443/fhir/R4/Patient": "never",
		"https://other.test/fhir/R4/Patient":            "never",
		"//other.test/fhir/R4":                          "never",
		"https://me:pw@ccr.example.test/fhir/R4":        "never",
		"https://me@ccr.example.test/fhir/R4":           "never",
		"//me:pw@ccr.example.test/fhir/R4":              "never",
		"https://ccr.example.test@other.test/fhir/R4":   "never",
		"mailto:me@ccr.example.test":                    "never",
		"javascript:alert(1)":                           "never",
		"https://ccr.example.test%zz/":                  "never",
	} {
		got, err := guarded.resolve(text)
		if want == "" || want == "never" {
			if err == nil {
				t.Errorf("%q may be asked with credentials: %s", text, got.url)
			} else if strings.Contains(err.Error(), "pw") {
				t.Errorf("%q: the message repeats a password: %v", text, err)
			}
		} else if err != nil || !got.credentials || got.url.String() != want {
			t.Errorf("%q: %v, %v, want %s", text, got, err, want)
		}
		if got, err = open.resolve(text); (err == nil) != (want != "never") || err == nil && got.credentials != (want != "") {
			t.Errorf("%q of a system without credentials: %v, %v", text, got, err)
		}
	}
}

func FuzzNoCredentialLeavesTheSystem(f *testing.F) {
	for _, seed := range []string{"Patient?x=1", "//other.test/a", `https://ccr.example.test/fhir/..\..`, "https://a@b@ccr.example.test/fhir", "/fhir/%2e%2e/x", "HTTPS://ccr.example.test:443/fhir", "\x00", "https://[::1]/"} {
		f.Add(seed)
	}
	t := linked(f, "https://ccr.example.test/fhir", http.Header{"Authorization": {"Bearer x"}})
	f.Fuzz(func(test *testing.T, text string) {
		got, err := t.resolve(text)
		if err != nil {
			return
		}
		sent, err := url.Parse(got.url.String())
		if err != nil {
			test.Fatalf("%q becomes %q, which cannot be read", text, got.url)
		}
		if sent.Scheme != "https" || sent.Host != "ccr.example.test" || sent.User != nil || !got.credentials {
			test.Errorf("%q becomes %q", text, got.url)
		}
		for _, seen := range []string{sent.EscapedPath(), sent.Path, unescaped(sent.Path)} {
			if resolved := sent.ResolveReference(&url.URL{Path: seen}); !strings.HasPrefix(resolved.Path+"/", "/fhir/") {
				test.Errorf("%q leads to %q", text, resolved.Path)
			}
		}
	})
}
