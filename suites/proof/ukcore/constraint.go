package main

// broken are the changes that break a constraint of UK Core's own, by its key: each in an instance that has what is needed, and
// each leads to where the finding must be.
func broken() map[string]func(map[string]any, []any) []any {
	const r5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-"
	root := func(change func(map[string]any)) func(map[string]any, []any) []any {
		return func(instance map[string]any, _ []any) []any {
			change(instance)
			return []any{}
		}
	}
	reference := func(target string) map[string]any { return map[string]any{"reference": target} }
	extension := func(url, target string) []any {
		return []any{map[string]any{"url": r5 + url, "valueReference": reference(target)}}
	}
	return map[string]func(map[string]any, []any) []any{
		"ukcore-diag-lab-001": root(func(o map[string]any) {
			o["status"] = "final"
			delete(o, "issued")
		}),
		"ukcore-diag-lab-002": root(func(o map[string]any) {
			o["media"] = []any{map[string]any{"extension": extension("DiagnosticReport.media.link", "DocumentReference/example"), "link": reference("Media/example")}}
		}),
		"ukcore-imm-001": root(func(o map[string]any) {
			o["status"] = "not-done"
			delete(o, "statusReason")
		}),
		"ukcore-obs-grplab-001": root(func(o map[string]any) { o["valueString"] = "x" }),
		"ukcore-obs-lab-001": root(func(o map[string]any) {
			for _, name := range []string{"valueQuantity", "valueString", "valueCodeableConcept", "dataAbsentReason", "note"} {
				delete(o, name)
			}
		}),
		"ukcore-bodstr-001": root(func(o map[string]any) {
			for _, name := range []string{"location", "description", "image"} {
				delete(o, name)
			}
		}),
		"ukcore-spec-001": func(o map[string]any, steps []any) []any {
			collector := reference("Practitioner/example")
			collector["extension"] = extension("Specimen.collection.collector", "Patient/example")
			o["collection"] = map[string]any{"collector": collector}
			return steps
		},
		"ukcore-obs-vs-001": func(o map[string]any, steps []any) []any {
			o["code"] = map[string]any{"coding": []any{map[string]any{"system": "http://snomed.info/sct", "code": "75367002"}}}
			return steps
		},
	}
}

// prepared are what an instance needs so that a constraint holds before it is broken.
func prepared() map[string]func(map[string]any) {
	return map[string]func(map[string]any){
		"ukcore-obs-lab-001": func(o map[string]any) { o["valueString"] = "x" },
		"ukcore-bodstr-001":  func(o map[string]any) { o["description"] = "x" },
		"ukcore-diag-lab-001": func(o map[string]any) {
			o["status"], o["issued"] = "final", "2024-02-01T10:00:00Z"
		},
	}
}
