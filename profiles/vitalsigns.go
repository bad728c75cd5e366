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
// sign, beside which the profile asks for its own, for the concept of SNOMED CT that means the same, or "". Which codes say more of the
// same was held against what the HL7 validator 6.10.4 judges by these profiles; it holds one pressure alone to that of the panel.
func vitalSignOf(system, code string) string {
	switch system {
	case "http://loinc.org":
		switch code {
		case "85353-1":
			return "vitalspanel"
		case "9279-1", "11291-2", "19840-8", "33438-3", "76170-0", "76171-8", "76172-6", "76270-8":
			return "resprate"
		case "8867-4", "8889-8", "8893-0", "68999-2", "8886-4", // by oximeter, of a peripheral artery, supine and resting
			"11328-2", "40443-4", "55425-3", "60978-4", "69000-8", "73795-7", "73799-9", "76476-1", "76477-9", "8890-6", "8891-4", "8892-2":
			return "heartrate"
		case "2708-6", "59408-5", "20564-1", // by pulse oximeter and in blood
			"19224-5", "2709-4", "2710-2", "2713-6", "51733-4", "59417-6", "89276-0", "97549-0":
			return "oxygensat"
		case "8310-5", "8328-7", "8329-5", "8330-3", "8331-1", "8332-9", "8333-7", // by where it was taken
			"60834-9", "60835-6", "60836-4", "60838-0", "60955-2", "61009-7", "75539-7", "75987-8", "76010-8", "76011-6", "76278-1",
			"8309-7", "8334-5", "91371-5", "98657-0", "98663-8":
			return "bodytemp"
		case "8302-2", "8306-3", "8308-9", "3137-7", "3138-5": // lying, standing, measured and stated
			return "bodyheight" //nolint:misspell // the id of a profile of FHIR
		case "9843-4", "8287-5": // by tape measure
			return "headcircum"
		case "29463-7", "3141-9", "3142-7", "8350-1", "8351-9", "75292-3", "79348-9": // measured, stated, with and without clothes
			return "bodyweight"
		case "39156-5", "89270-3":
			return "bmi"
		case "85354-9", "55284-4", "35094-2": // and the panels of blood pressure before it
			return "bp"
		case "8480-6", "8462-4", "8478-0", "8459-0", "76534-7": // one pressure is no panel
			return "vitalsigns"
		}
	case fhir.SNOMEDSystem:
		switch code {
		case "86290005", "271625008": // Respiratory rate
			return "resprate"
		case "364075005", "444981005": // Heart rate, also resting
			return "heartrate"
		case "431314004", "442476006": // Peripheral and arterial oxygen saturation
			return "oxygensat"
		case "386725007", "276885007", "307047009", "415882003", "415929009", "415945006", "415974002": // Body temperature, also of the core, rectum, axilla, groin, mouth and ear
			return "bodytemp"
		case "50373000", "1153637007": // Body height measure
			return "bodyheight" //nolint:misspell // the id of a profile of FHIR
		case "363812007": // Head circumference
			return "headcircum"
		case "27113001", "424927000", "425024002", "735395000", "784399000": // Body weight, also with shoes and without, current and as told
			return "bodyweight"
		case "60621009": // Body mass index
			return "bmi"
		case "75367002": // Blood pressure
			return "bp"
		case "271649006", "271650006", "399304008": // Systolic and diastolic blood pressure
			return "vitalsigns"
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
