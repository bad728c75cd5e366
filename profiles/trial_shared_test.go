package profiles_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles"
)

// A slice by profile, a target profile and conformsTo() ask whether something conforms without reporting what does not. The
// answer must be the one that judging gives: for every example of UK Core, and for each with one of its elements taken away.
func TestWhatIsOnlyAskedComesOutAsWhatIsJudged(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedData(t, "ukcore", "examples"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	r := registry(t)
	sound, faulty := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		resource, err := fhir.DecodeObject(data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, gone := range append(slices.Sorted(maps.Keys(resource)), "") {
			less := maps.Clone(resource)
			if delete(less, gone); gone == "resourceType" {
				continue
			}
			judged, asked := profiles.JudgedAndAsked(t.Context(), r, less)
			if judged != asked {
				t.Errorf("%s without %q: judged %v, asked %v", filepath.Base(file), gone, judged, asked)
			}
			if judged {
				sound++
			} else {
				faulty++
			}
		}
	}
	if sound == 0 || faulty == 0 {
		t.Errorf("%d sound and %d faulty resources show nothing of the others", sound, faulty)
	}
}
