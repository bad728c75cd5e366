package profiles_test

import (
	"slices"
	"strings"
	"testing"
)

func TestAGroupOfAMapGetsWhatItTakes(t *testing.T) {
	const (
		r4     = "http://hl7.org/fhir/StructureDefinition/"
		passed = "fhir-authoring StructureMap.group[0].rule[0].dependent[0].variable["
		sub    = "fhir-authoring StructureMap.group[1].rule[0]."
	)
	input := func(name, mode, typ string) string {
		if typ != "" {
			typ = `,"type":"` + typ + `"`
		}
		return `{"name":"` + name + `","mode":"` + mode + `"` + typ + `}`
	}
	group := func(name, from, to string, rules ...string) string {
		if len(rules) == 0 {
			rules = []string{`{"name":"any","source":[{"context":"x"}]}`}
		}
		return `{"name":"` + name + `","typeMode":"none","input":[` + from + `,` + to + `],"rule":[` + strings.Join(rules, ",") + `]}`
	}
	call := func(element, variables string) string {
		return `{"name":"` + element + `","source":[{"context":"in","element":"` + element + `","variable":"n"}],"target":[{"context":"out","contextType":"variable","element":"name","variable":"m"}],` +
			`"dependent":[{"name":"sub","variable":[` + variables + `]}]}`
	}
	outer := func(rules ...string) string {
		return group("main", input("in", "source", "From"), input("out", "target", "To"), rules...)
	}
	reads := func(element string) string {
		return `{"name":"a","source":[{"context":"x","element":"` + element + `"}]}`
	}
	writes := func(element string) string {
		return `{"name":"a","source":[{"context":"x"}],"target":[{"context":"y","contextType":"variable","element":"` + element + `"}]}`
	}
	source, target := input("x", "source", ""), input("y", "target", "")
	chained := `{"name":"a","source":[{"context":"x"}],"dependent":[{"name":"last","variable":["x","y"]}]}`
	for name, c := range map[string]struct {
		groups []string
		want   []string
	}{
		"what is passed has the element":         {groups: []string{outer(call("name", `"n","m"`)), group("sub", source, target, reads("family"))}},
		"what is passed has none such":           {groups: []string{outer(call("name", `"n","m"`)), group("sub", source, target, reads("line"))}, want: []string{sub + "source[0].element"}},
		"what is written has none such":          {groups: []string{outer(call("name", `"n","m"`)), group("sub", source, target, writes("line"))}, want: []string{sub + "target[0].element"}},
		"two calls with one type":                {groups: []string{outer(call("name", `"n","m"`), call("name", `"n","m"`)), group("sub", source, target, reads("line"))}, want: []string{sub + "source[0].element"}},
		"two calls with different types":         {groups: []string{outer(call("name", `"n","m"`), call("address", `"n","m"`)), group("sub", source, target, reads("line"))}},
		"never called":                           {groups: []string{outer(call("name", `"n","m"`)), group("sub", source, target), group("other", source, target, reads("nothing"))}},
		"through another group":                  {groups: []string{outer(call("name", `"n","m"`)), group("sub", source, target, chained), group("last", source, target, reads("line"))}, want: []string{"fhir-authoring StructureMap.group[2].rule[0].source[0].element"}},
		"a group that calls itself":              {groups: []string{outer(call("extension", `"n","m"`)), group("sub", source, target, `{"name":"a","source":[{"context":"x","element":"extension","variable":"z"}],"dependent":[{"name":"sub","variable":["z","y"]}]}`)}},
		"the type that the group takes":          {groups: []string{outer(call("name", `"n","m"`)), group("sub", input("x", "source", "HumanName"), target)}},
		"a type that it builds on":               {groups: []string{outer(call("name", `"n","m"`)), group("sub", input("x", "source", "Element"), target)}},
		"another type":                           {groups: []string{outer(call("name", `"n","m"`)), group("sub", input("x", "source", "Address"), target)}, want: []string{passed + "0]"}},
		"another type to write to":               {groups: []string{outer(call("name", `"n","m"`)), group("sub", source, input("y", "target", "Address"))}, want: []string{passed + "1]"}},
		"a resource where a group takes a name":  {groups: []string{outer(call("name", `"in","m"`)), group("sub", input("x", "source", "HumanName"), target)}, want: []string{passed + "0]"}},
		"a backbone element":                     {groups: []string{outer(call("contact", `"n","m"`)), group("sub", input("x", "source", "HumanName"), target)}},
		"a choice":                               {groups: []string{outer(call("deceased", `"n","m"`)), group("sub", input("x", "source", "HumanName"), target)}},
		"a source to write to":                   {groups: []string{outer(call("name", `"m","n"`)), group("sub", source, target)}, want: []string{passed + "1]"}},
		"a target to read from":                  {groups: []string{outer(call("name", `"m","m"`)), group("sub", source, target)}},
		"a target of a structure that is read":   {groups: []string{group("main", input("in", "target", "From"), input("x", "source", "To"))}, want: []string{"fhir-authoring StructureMap.group[0].input[0]"}},
		"a type by its URL":                      {groups: []string{outer(`{"name":"a","source":[{"context":"in","element":"name","type":"` + r4 + `HumanName"}]}`)}},
		"a type that there is not":               {groups: []string{outer(`{"name":"a","source":[{"context":"in","element":"name","type":"Nobody"}]}`)}, want: []string{"fhir-authoring StructureMap.group[0].rule[0].source[0].type"}},
		"a type of a model that is not loaded":   {groups: []string{outer(`{"name":"a","source":[{"context":"in","element":"name","type":"http://a.test/Nobody"}]}`)}},
		"a profile of a type in place of a type": {groups: []string{outer(`{"name":"a","source":[{"context":"in","element":"multipleBirth","type":"SimpleQuantity"}]}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			got := judge(t, registry(t), `{"resourceType":"StructureMap","url":"http://a.test/m","name":"M","status":"draft","structure":[{"url":"`+r4+
				`Patient","mode":"source","alias":"From"},{"url":"`+r4+`Person","mode":"target","alias":"To"}],"group":[`+strings.Join(c.groups, ",")+`]}`)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAMapWithoutStructuresNamesTypesOfFHIR(t *testing.T) {
	for typ, want := range map[string][]string{
		"Patient": nil, "http://a.test/Model": nil, "Pat": {"fhir-authoring StructureMap.group[0].input[0]"},
	} {
		for _, imports := range []string{"", `"import":["http://a.test/other"],`} {
			got := judge(t, registry(t), `{"resourceType":"StructureMap","url":"http://a.test/m","name":"M","status":"draft",`+imports+
				`"group":[{"name":"g","typeMode":"none","input":[{"name":"in","type":"`+typ+`","mode":"source"}],"rule":[{"name":"a","source":[{"context":"in"}]}]}]}`)
			if imports != "" {
				want = nil // the other map may say what it is
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: got %q, want %q", typ, imports, got, want)
			}
		}
	}
}
