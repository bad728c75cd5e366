package profiles_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles"
)

func compilePortable(t *testing.T, r *profiles.Registry, canonical string) *jsonschema.Schema {
	t.Helper()
	data, err := r.PortableSchema(canonical)
	if err != nil {
		t.Fatalf("%s: %v", canonical, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	if err := compiler.AddResource(canonical, strings.NewReader(string(data))); err != nil {
		t.Fatalf("%s: %v", canonical, err)
	}
	schema, err := compiler.Compile(canonical)
	if err != nil {
		t.Fatalf("%s: %v", canonical, err)
	}
	return schema
}

func TestPortableSchemasOfUKCoreCompile(t *testing.T) {
	r := registry(t)
	extensions := 0
	for _, p := range r.Profiles() {
		if !strings.HasPrefix(p.Canonical, "https://fhir.hl7.org.uk/") {
			continue
		}
		if p.Extension {
			// An extension without a value type holds every type, which is slow to compile; some stand for all.
			if extensions++; extensions%10 != 0 {
				continue
			}
		}
		compilePortable(t, r, p.Canonical)
	}
}

func TestPortableSchemaAgreesOnStructuralDefects(t *testing.T) {
	r := registry(t)
	schema := compilePortable(t, r, "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient")
	for name, change := range map[string][2]string{
		"nothing":              {`"active"`, `"active"`},
		"unknown element":      {`"active": true`, `"active": true, "colour": "red"`},
		"string for a boolean": {`"active": true`, `"active": "true"`},
		"object for an array":  {`"telecom": [`, `"telecom": {"value": "x"}, "photo": [`},
		"two choices":          {`"deceasedBoolean": false`, `"deceasedBoolean": false, "deceasedDateTime": "2020"`},
		"zero rank":            {`"rank": 1`, `"rank": 0`},
		"bad date":             {`"1970-02-28"`, `"1970-13-28"`},
		"bad gender":           {`"gender": "female"`, `"gender": "lady"`},
		"no narrative status":  {`"status": "generated",`, ``},
		"empty array": {`"contact": [
    {"name": {"family": "Jones"}}
  ]`, `"contact": []`},
		"empty object":          {`{"name": {"family": "Jones"}}`, `{"name": {}}`},
		"null":                  {`"active": true`, `"active": null`},
		"extension without url": {`"url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier", `, ``},
		"id with a space":       {`"id": "example"`, `"id": "an example"`},
		"NHS number twice": {`"value": "9990000018"
    }`, `"value": "9990000018"
    }, {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026"}`},
	} {
		text := string(patient(t))
		if !strings.Contains(text, change[0]) {
			t.Fatalf("%s: the patient has no %q", name, change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
		tree, err := fhir.Decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		findings, err := r.Validate(context.Background(), []byte(text), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ours := len(errorsOf(findings)) == 0
		var invalid *jsonschema.ValidationError
		problem := schema.Validate(tree)
		if problem != nil && !errors.As(problem, &invalid) {
			t.Fatal(problem)
		}
		if theirs := problem == nil; ours != theirs {
			t.Errorf("%s: Validate says %v, the portable schema %v: %v", name, ours, theirs, problem)
		}
	}
}
