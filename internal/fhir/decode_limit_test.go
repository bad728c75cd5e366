package fhir

import (
	"errors"
	"strings"
	"testing"
)

func TestDocumentsThatTakeTooMuchMemoryAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"objects": "[" + strings.Repeat(`{"a":1},`, 10) + "{}]",
		"items":   "[" + strings.Repeat("1,", 100) + "1]",
		"members": `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := decoder{text: text}
			if _, err := d.document(); err != nil {
				t.Fatalf("it is small enough: %v", err)
			}
			const left = 1000
			d = decoder{text: text, cost: MaxTree - left}
			_, err := d.document()
			var fault *SyntaxError
			if !errors.As(err, &fault) || !strings.Contains(fault.Message, "640 MB") || fault.Offset == 0 {
				t.Fatalf("got %v", err)
			}
			if _, mended := Mend([]byte(text), fault); mended {
				t.Error("it was taken for a slip that can be mended")
			}
		})
	}
}

func TestPlainStopsBeforeTheEndOfAString(t *testing.T) {
	for _, special := range []string{`"`, `\`, "\x00", "\n", "\x1f"} {
		for before := range 40 {
			text := strings.Repeat("a", before) + special + strings.Repeat("b", 20)
			if n := plain(text); n > before {
				t.Errorf("%q: %d bytes are taken for plain", text, n)
			}
		}
	}
	if text := strings.Repeat("é\x7f !", 20); plain(text) != len(text)/8*8 {
		t.Errorf("%d of %d bytes are plain", plain(text), len(text))
	}
}
