package strictyaml_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/strictyaml"
)

type document struct {
	Name string                `yaml:"name"`
	Rows []struct{ ID string } `yaml:"rows"`
	More map[string]any        `yaml:"more"`
}

func TestDecodeShowsThePlaceOfWhatItDoesNotKnow(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an unknown key":      {"name: a\nnam: b\n", `[2:1] unknown field "nam"`},
		"a key twice":         {"name: a\nname: b\n", "[2:1]"},
		"another type":        {"rows: 7\n", "[1:7]"},
		"text that is broken": {"name: [\n", "[1:7]"},
	} {
		t.Run(name, func(t *testing.T) {
			var d document
			if err := strictyaml.Decode([]byte(c.text), &d); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestLineOfFindsAPath(t *testing.T) {
	text := []byte("name: a\nrows:\n  - id: x\n  - id: y\n")
	for path, want := range map[string]int{"$.name": 1, "$.rows[1].id": 4, "$.rows[7]": 1, "$.none": 1, "nonsense": 1} {
		if got := strictyaml.LineOf(text, path); got != want {
			t.Errorf("%s is at line %d, want %d", path, got, want)
		}
	}
}

func TestDocumentsThatWouldTakeTheMachineAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"large": "name: a\n" + strings.Repeat("#", 9<<20), "brackets": strings.Repeat("[", 20_000), "braces": strings.Repeat("{a: ", 20_000),
		"dashes": strings.Repeat("- ", 20_000), "indented": strings.Repeat(" ", 20_000) + "a: b",
	} {
		var d document
		if err := strictyaml.Decode([]byte(text), &d); err == nil || len(err.Error()) > 200 {
			t.Errorf("%s: %.300v", name, err)
		}
		if _, err := strictyaml.Parse([]byte(text)); err == nil {
			t.Errorf("%s: parsed", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"name: a\n", "rows: [{id: x}]\n", "a: &x 1\nb: *x\n", "!!binary [1]", "!!int {a: b}", "? !!set {a}", "<<: *a", "- - -", "!!merge <<: 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		var d document
		_ = strictyaml.Decode([]byte(text), &d)
		_, _ = strictyaml.Parse([]byte(text))
		_ = strictyaml.LineOf([]byte(text), "$.rows[0].id")
	})
}
