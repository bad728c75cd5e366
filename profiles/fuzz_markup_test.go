package profiles_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord.example/concord/profiles"
)

// FuzzDecodeXML looks for a document in XML that panics, hangs, is read in two ways, or is read as something that cannot be
// judged.
func FuzzDecodeXML(f *testing.F) {
	for _, seed := range []string{
		`<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>`,
		`<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">a&#160;b</div></text></Patient>`,
		`<Bundle xmlns="http://hl7.org/fhir"><entry><resource><Basic><id value="1"/></Basic></resource></entry></Bundle>`,
		`<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"><id value="&a;"/></Patient>`,
		`<Patient xmlns="http://hl7.org/fhir"><extension url="u"><extension/></extension><contained><Patient/></contained>`,
		`<Observation xmlns="http://hl7.org/fhir" id="x"><valueQuantity><value value="1e999999999"/></valueQuantity></Observation>`,
	} {
		f.Add([]byte(seed))
	}
	r := registry(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err1 := r.DecodeXML(data)
		second, err2 := r.DecodeXML(data)
		if (err1 == nil) != (err2 == nil) {
			t.Fatalf("%q: %v, and then %v", data, err1, err2)
		}
		if err1 != nil {
			return
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("%q is read in two ways:\n%s", data, diff)
		}
		if _, err := r.ValidateTree(context.Background(), first, profiles.Options{}); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
	})
}

// FuzzNarrative looks for a narrative that panics, hangs, or gets two different judgements.
func FuzzNarrative(f *testing.F) {
	for _, seed := range []string{
		`<div xmlns="http://www.w3.org/1999/xhtml"><p>A record.</p></div>`,
		`<div xmlns="http://www.w3.org/1999/xhtml"><img src="javascript:x" alt='&quot;&#x0;'/></div>`,
		`<div><!-- -- --><![CDATA[]]></div>`, `<div`, `<div xmlns="http://www.w3.org/1999/xhtml" class="a"><p>a &amp; b]]</p><br/><img alt="x" />é</div>`, `<div xmlns="http://www.w3.org/1999/xhtml"><p></div></p>`, `<div a=b>&nbsp;&amp</div>`,
	} {
		f.Add(seed)
	}
	r := registry(f)
	f.Fuzz(func(t *testing.T, div string) {
		judge := func() string {
			findings, err := r.ValidateTree(context.Background(), map[string]any{
				"resourceType": "Basic", "text": map[string]any{"status": "generated", "div": div}, "code": map[string]any{"text": "x"},
			}, profiles.Options{})
			if err != nil {
				t.Fatalf("%q: %v", div, err)
			}
			text, err := json.Marshal(findings)
			if err != nil {
				t.Fatalf("%q: %v", div, err)
			}
			return string(text)
		}
		if profiles.PlainNarrative(div) {
			if problem, links := profiles.ReadNarrative(div); problem != "" || len(links) > 0 {
				t.Fatalf("%q is passed as plain, and %s, with links to %v", div, problem, links)
			}
		}
		if one, two := judge(), judge(); one != two {
			t.Fatalf("%q: two judgements:\n%s\n%s", div, one, two)
		}
	})
}
