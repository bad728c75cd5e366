package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"concord.example/concord/internal/redact"
)

// encodings are the ways in which an endpoint, or a report, may write a text.
func encodings() map[string]func(string) string {
	each := func(write func(rune) string) func(string) string {
		return func(text string) string {
			var b strings.Builder
			for _, r := range text {
				b.WriteString(write(r))
			}
			return b.String()
		}
	}
	bytewise := func(format string) func(string) string {
		return func(text string) string {
			var b strings.Builder
			for i := range len(text) {
				_, _ = fmt.Fprintf(&b, format, text[i])
			}
			return b.String()
		}
	}
	utf16Escape := func(format string) func(rune) string {
		return func(r rune) string {
			var b strings.Builder
			for _, unit := range utf16.Encode([]rune{r}) {
				_, _ = fmt.Fprintf(&b, format, unit)
			}
			return b.String()
		}
	}
	marshalled := func(text string) string {
		written, _ := json.Marshal(text)
		return string(written[1 : len(written)-1])
	}
	return map[string]func(string) string{
		"as it is":            func(text string) string { return text },
		"JSON":                marshalled,
		"JSON, all escaped":   each(utf16Escape(`\u%04x`)),
		"JSON, upper case":    each(utf16Escape(`\u%04X`)),
		"JSON, slashes":       func(text string) string { return strings.ReplaceAll(marshalled(text), "/", `\/`) },
		"Go":                  func(text string) string { q := strconv.QuoteToASCII(text); return q[1 : len(q)-1] },
		"HTML":                html.EscapeString,
		"HTML, decimal":       each(func(r rune) string { return fmt.Sprintf("&#%d;", r) }),
		"HTML, hexadecimal":   each(func(r rune) string { return fmt.Sprintf("&#x%x;", r) }),
		"HTML, leading zeros": each(func(r rune) string { return fmt.Sprintf("&#0000%d;", r) }),
		"HTML, named":         strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;", "/", "&sol;", "+", "&plus;", "=", "&equals;", "'", "&apos;").Replace,
		"XML attribute":       strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", "\n", "&#xA;", "\t", "&#x9;").Replace,
		"URL query":           url.QueryEscape,
		"URL path":            url.PathEscape,
		"URL, every byte":     bytewise("%%%02X"),
		"URL, lower case":     bytewise("%%%02x"),
		"a shell":             func(text string) string { return strings.ReplaceAll(text, "'", `'\''`) },
		"a comma-separated list": func(text string) string {
			return strings.ReplaceAll(text, `"`, `""`)
		},
	}
}

func secrets() []string {
	return []string{
		"s3cr3t-canary", `a"b&c<d>e'f`, `back\slash\n\u0041%41&amp;x`, "with space+plus=", "ünïcödé-😀-x", "41ab\"cd", "aaaaaaaa",
		"//////", `\\\\\\`, "%%%%%%", "&&&&&&", `""""""`, "''''''", "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJjb25jb3JkIn0.c2lnbmF0dXJlLW9mLWl0",
		strings.Repeat("0123456789abcdef", 20),
	}
}

func known(t testing.TB, values ...string) *redact.Redactor {
	t.Helper()
	r := redact.New()
	for _, value := range values {
		if err := r.Add("the test", value); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestNoSecretSurvivesAnyEncodingOrTwoInsideEachOther(t *testing.T) {
	for _, secret := range secrets() {
		r := known(t, secret)
		for outer, wrap := range encodings() {
			for inner, write := range encodings() {
				spelt := wrap(write(secret))
				texts := []string{`{"a":"` + spelt + `"}`}
				if inner == "as it is" {
					texts = append(texts, spelt, "%"+spelt, `\`+spelt+"0", "&"+spelt+";")
				}
				for _, text := range texts {
					if got := r.Text(text); strings.Contains(got, spelt) || !strings.Contains(got, redact.Mark) {
						t.Errorf("%q as %s in %s survives in %q: %q", secret, inner, outer, text, got)
					}
				}
			}
		}
	}
}

func TestABase64OfASecretIsFoundAtEveryPlace(t *testing.T) {
	for _, secret := range secrets() {
		r := known(t, secret)
		for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			for before := range 4 {
				for after := range 4 {
					text := alphabet.EncodeToString([]byte(strings.Repeat("<", before) + secret + strings.Repeat(">", after)))
					for name, write := range encodings() {
						if got := r.Text("x " + write(text)); !strings.Contains(got, redact.Mark) {
							t.Errorf("the Base64 of %q, %d bytes in, as %s survives: %q", secret, before, name, got)
						}
					}
				}
			}
		}
	}
	long := strings.Repeat("0123456789abcdef", 8)
	text := base64.StdEncoding.EncodeToString([]byte(long))
	if got := known(t, long).Text(text[:76] + "\r\n" + text[76:152]); strings.Contains(got, text[76:150]) {
		t.Errorf("what follows a line break survives: %q", got)
	}
}

func TestThePartsOfCredentialsAreSecretsToo(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("engineer:correct horse"))
	jwt := "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJjb25jb3JkIn0.c2lnbmF0dXJlLW9mLWl0"
	for value, parts := range map[string][]string{
		"Bearer opaque-token":                  {"opaque-token", "Bearer opaque-token"},
		"bearer opaque-token":                  {"opaque-token"},
		"Basic " + basic:                       {basic, "correct horse", "correct+horse"},
		"Bearer " + jwt:                        {jwt, "eyJzdWIiOiJjb25jb3JkIn0", "c2lnbmF0dXJlLW9mLWl0"},
		"session=0123456789; theme=dark-theme": {"0123456789", "dark-theme"},
	} {
		r := known(t, value)
		for _, part := range parts {
			if got := r.Text("<" + part + ">"); strings.Contains(got, part) {
				t.Errorf("%q of %q survives: %q", part, value, got)
			}
		}
		if got := r.Text("the engineer"); got != "the engineer" {
			t.Errorf("a user name is no secret: %q", got)
		}
	}
}

func TestShortSecretsAreRefusedWithoutRepeatingThem(t *testing.T) {
	for _, value := range []string{"a", "12345", "Bearer 12345", "Basic " + base64.StdEncoding.EncodeToString([]byte("engineer:12345"))} {
		err := redact.New().Add("header X-Key of ccr", value)
		var short *redact.TooShortError
		if !errors.As(err, &short) || !strings.Contains(err.Error(), "header X-Key of ccr") || strings.Contains(err.Error(), "12345") {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestWhatIsNoSecretStaysAsItIs(t *testing.T) {
	r := known(t, "s3cr3t-canary", `a"b&c<d>`)
	for _, text := range []string{
		"", "s3cr3t", "canary", `{"text":{"div":"<div>\"a\" &amp; b \u00e9 100% \\</div>"}}`, "s3cr3t canary", "https://a.test/x?y=1%7C2", `\`, `%`, `&`, `\u00`, "&#", "…",
	} {
		if got := r.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := (*redact.Redactor)(nil).Text("s3cr3t-canary"); got != "s3cr3t-canary" {
		t.Errorf("nobody knows a secret: %q", got)
	}
}

func TestASecretThatWasCutIsTakenOut(t *testing.T) {
	r := known(t, "0123456789abcdefghijklmnop")
	for text, want := range map[string]string{
		"token 0123456789abcdefgh":         "token [redacted]",
		"token 0123456789abcdefgh… (more)": "token [redacted]… (more)",
		"token 0123456789abcdefgh (more)":  "token 0123456789abcdefgh (more)",
		"token 0123":                       "token 0123",
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestHeadersOfCredentialsHaveNoValues(t *testing.T) {
	got := known(t, "s3cr3t-canary").Header(http.Header{
		"Authorization": {"Bearer x"}, "X-Trace": {"for s3cr3t-canary"}, "Set-Cookie": {"a=b"}, "Www-Authenticate": {`Bearer realm="ccr"`}, "Accept": {"x", "y"},
	})
	want := http.Header{
		"Authorization": {"[redacted]"}, "X-Trace": {"for [redacted]"}, "Set-Cookie": {"[redacted]"}, "Www-Authenticate": {`Bearer realm="ccr"`}, "Accept": {"x", "y"},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestValuesAreRedactedWhereverTheyLie(t *testing.T) {
	type leaf struct {
		Text  string
		Bytes json.RawMessage
		inner string
	}
	value := struct {
		List  []leaf
		Map   map[string][]string
		Any   any
		Ptr   *leaf
		Count int
	}{
		[]leaf{{"a s3cr3t-canary", json.RawMessage(`"s3cr3t-canary"`), "s3cr3t-canary"}},
		map[string][]string{"s3cr3t-canary": {"s3cr3t-canary"}},
		map[string]any{"x": []any{"s3cr3t-canary", 1}},
		&leaf{Text: "s3cr3t-canary"}, 7,
	}
	known(t, "s3cr3t-canary").Value(&value)
	value.List[0].inner = ""
	written, err := json.Marshal(value)
	if err != nil || strings.Contains(string(written), "canary") || strings.Count(string(written), redact.Mark) != 6 {
		t.Errorf("%s, %v", written, err)
	}
}

func TestAWriterFindsWhatIsWrittenInPieces(t *testing.T) {
	for _, secret := range secrets() {
		r := known(t, secret)
		for name, write := range encodings() {
			text := "before " + write(secret) + "| after"
			for size := 1; size < 12; size += 3 {
				var out strings.Builder
				w := r.Writer(&out)
				for rest := text; rest != ""; {
					n := min(size, len(rest))
					if _, err := w.Write([]byte(rest[:n])); err != nil {
						t.Fatal(err)
					}
					rest = rest[n:]
				}
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
				if got := out.String(); !strings.Contains(got, redact.Mark) || !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || strings.Contains(got, write(secret)) {
					t.Errorf("%q as %s in pieces of %d: %q", secret, name, size, got)
				}
			}
		}
	}
}

func TestAWriterDoesNotKeepWhatCannotBeASecret(t *testing.T) {
	var out strings.Builder
	w := known(t, "s3cr3t-canary").Writer(&out)
	for _, text := range []string{"Done? ", "yes\n", "a s3cr3", "x"} {
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if text == "Done? " && out.String() != text {
			t.Errorf("a question waits: %q", out.String())
		}
	}
	if out.String() != "Done? yes\na s3cr3x" {
		t.Errorf("%q", out.String())
	}
}

func FuzzNoSecretSurvives(f *testing.F) {
	for i, secret := range secrets() {
		f.Add(secret, "before", "after", uint8(i), uint8(i*7))
	}
	all := encodings()
	names := slices.Sorted(maps.Keys(all))
	f.Fuzz(func(t *testing.T, secret, before, after string, outer, inner uint8) {
		secret = strings.ToValidUTF8(strings.TrimSpace(secret), "")
		r := redact.New()
		if len(secret) < redact.Shortest || len(secret) > 100 || r.Add("the fuzzer", secret) != nil || strings.ContainsRune(secret, 0xFFFD) {
			return
		}
		spelt := all[names[int(outer)%len(names)]](all[names[int(inner)%len(names)]](secret))
		got := r.Text(before + spelt + after)
		if !strings.Contains(got, redact.Mark) {
			t.Errorf("%q survives as %q in %q", secret, spelt, got)
		}
	})
}

func FuzzWriterAndTextAgree(f *testing.F) {
	f.Add("s3cr3t-canary", `a s3cr3t-can\u0061ry &#115;3cr3t-canary`, uint8(3))
	f.Fuzz(func(t *testing.T, secret, text string, size uint8) {
		r := redact.New()
		if len(secret) > 100 || len(text) > 300 || r.Add("the fuzzer", secret) != nil || strings.Contains(text, "…") {
			return
		}
		text += "| and so on" // what is cut at the end is another matter
		var out strings.Builder
		w := r.Writer(&out)
		for rest := text; rest != ""; {
			n := min(int(size)+1, len(rest))
			_, _ = w.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		_ = w.Flush()
		if out.String() != r.Text(text) {
			t.Errorf("%q: in pieces %q, whole %q", text, out.String(), r.Text(text))
		}
	})
}

func BenchmarkText(b *testing.B) {
	r := known(b, "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJjb25jb3JkIn0.c2lnbmF0dXJlLW9mLWl0", "s3cr3t-canary")
	page := strings.Repeat(`{"fullUrl":"https://ccr.example.test/fhir/Patient/1","resource":{"resourceType":"Patient","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Mr O'Neill &amp; Sons</div>"}}},`, 50)
	for name, text := range map[string]string{
		"answer x1": page, "answer x10": strings.Repeat(page, 10), "answer x100": strings.Repeat(page, 100),
		"backslashes x1": strings.Repeat(`\`, 10_000), "backslashes x10": strings.Repeat(`\`, 100_000),
		"ampersands x1": strings.Repeat(`&amp;`, 2_000), "ampersands x10": strings.Repeat(`&amp;`, 20_000),
		"per cents x1": strings.Repeat(`%25`, 3_000), "per cents x10": strings.Repeat(`%25`, 30_000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for range b.N {
				r.Text(text)
			}
		})
	}
}
