package profiles

import (
	"fmt"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles/definition"
)

// VitalSigns says how an Observation is judged whose code is a vital sign. R4 (Observation, vital signs profiles) holds
// it to the profile of that vital sign, claimed or not.
type VitalSigns string

const (
	// VitalSignsWarn makes what the profile finds wrong warnings, as much of what is sent in the United Kingdom, UK Core's
	// own examples among it, does not follow that rule. It is the default.
	VitalSignsWarn VitalSigns = "warning"
	// VitalSignsEnforce gives the findings the severity that the profile gives them.
	VitalSignsEnforce VitalSigns = "error"
	// VitalSignsIgnore leaves the rule out.
	VitalSignsIgnore VitalSigns = "off"
)

// ParseVitalSigns reads how vital signs are judged. An empty name is the default of the registry.
func ParseVitalSigns(name string) (VitalSigns, error) {
	switch v := VitalSigns(name); v {
	case "", VitalSignsWarn, VitalSignsEnforce, VitalSignsIgnore:
		return v, nil
	default:
		return "", fmt.Errorf("vital signs are judged as %s, %s or %s, not as %q", VitalSignsWarn, VitalSignsEnforce, VitalSignsIgnore, name)
	}
}

// vitalSignOf returns the name of R4's profile for the code of a vital sign in LOINC, for a code that says more of the same
// sign, beside which the profile asks for its own, for the concept of SNOMED CT that means the same, or "".
func vitalSignOf(system, code string) string {
	switch system {
	case "http://loinc.org":
		switch code {
		case "85353-1":
			return "vitalspanel"
		case "9279-1":
			return "resprate"
		case "8867-4", "8889-8", "8893-0", "68999-2", "8886-4": // by oximeter, of a peripheral artery, supine and resting
			return "heartrate"
		case "2708-6", "59408-5", "20564-1": // by pulse oximeter and in blood
			return "oxygensat"
		case "8310-5", "8328-7", "8329-5", "8330-3", "8331-1", "8332-9", "8333-7": // by where it was taken
			return "bodytemp"
		case "8302-2", "8306-3", "8308-9", "3137-7": // lying, standing and measured
			return "bodyheight" //nolint:misspell // the id of a profile of FHIR
		case "9843-4", "8287-5": // by tape measure
			return "headcircum"
		case "29463-7", "3141-9", "3142-7", "8350-1", "8351-9": // measured, stated, with and without clothes
			return "bodyweight"
		case "39156-5":
			return "bmi"
		case "85354-9", "55284-4", "35094-2": // and the panels of blood pressure before it
			return "bp"
		case "8480-6", "8462-4", "8478-0":
			return "vitalsigns"
		}
	case fhir.SNOMEDSystem:
		switch code {
		case "86290005": // Respiratory rate
			return "resprate"
		case "364075005": // Heart rate
			return "heartrate"
		case "431314004": // Peripheral oxygen saturation
			return "oxygensat"
		case "386725007": // Body temperature
			return "bodytemp"
		case "50373000": // Body height measure
			return "bodyheight" //nolint:misspell // the id of a profile of FHIR
		case "363812007": // Head circumference
			return "headcircum"
		case "27113001": // Body weight
			return "bodyweight"
		case "60621009": // Body mass index
			return "bmi"
		case "75367002": // Blood pressure
			return "bp"
		}
	}
	return ""
}

// vitalSign judges an Observation against the profile of the vital sign that its code is, unless that is among the shapes
// that it was judged against.
func (j *judge) vitalSign(judged []*shape, obj map[string]any) {
	how := j.opts.VitalSigns
	if how == "" {
		how = j.registry.vitalSigns
	}
	if how == VitalSignsIgnore || j.trial > 0 || j.byCode != "" {
		return
	}
	concept, _ := obj["code"].(map[string]any)
	var room [4]coded
	codes, _ := codesIn("CodeableConcept", concept, room[:0])
	for _, c := range codes {
		name := vitalSignOf(c.system, c.code)
		if name == "" {
			continue
		}
		s, _ := j.lookup(definition.CoreURL + name)
		if s == nil || slices.ContainsFunc(judged, func(other *shape) bool { return other == s || slices.Contains(other.bases, s.url) }) {
			return
		}
		j.byCode = fmt.Sprintf("; code %s makes this a vital sign, which R4 holds to profile %s", c.code, name)
		j.lenient = how != VitalSignsEnforce
		j.against(s.root, obj)
		j.byCode, j.lenient = "", false
		return
	}
}
