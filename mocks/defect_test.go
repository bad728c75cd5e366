package mocks_test

import (
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/mocks"
)

func TestEachDefectShowsItsFaultAndACleanSystemDoesNot(t *testing.T) {
	pair := start(t, "")
	// These show only with events, audit, authorisation or a second person at each provider, which have tests of their own.
	tested := map[string]bool{"D06": true, "D52": true, "D59": true, "D61": true, "D62": true, "D63": true, "D67": true, "D145": true}
	for _, s := range slices.Concat(symptoms(), planSymptoms(), relationSymptoms(), sweepSymptoms(), storySymptoms(), detailSymptoms(), answerSymptoms()) {
		tested[s.id] = true
		for _, e := range pair.Endpoints() {
			if s.only != "" && s.only != e.System {
				continue
			}
			t.Run(s.id+"/"+e.System, func(t *testing.T) {
				probed, e := pair, e
				if s.audit {
					probed = start(t, "")
					e, _ = probed.Endpoint(e.System)
				}
				if s.probe(t, probed, e) {
					t.Fatal("a clean system shows the fault")
				}
				if err := e.Server.SetDefects(mocks.Setting{ID: s.id}); err != nil {
					t.Fatal(err)
				}
				shown := s.probe(t, probed, e)
				if err := e.Server.SetDefects(); err != nil {
					t.Fatal(err)
				}
				if !shown {
					t.Error("the fault does not show")
				}
				if s.probe(t, probed, e) {
					t.Error("the fault stays after the defect was turned off")
				}
			})
		}
	}
	for _, defect := range mocks.Defects() {
		// What is borrowed from mocks/hostile is shown there; what misreads a question of the search grid (D129 to D144), by
		// the grid's checks in suites, each of which must fail for it.
		grid := defect.ID >= "D129" && defect.ID <= "D144"
		// What shows at guarded ways in alone is shown there, and by the checks of the security suite.
		if !tested[defect.ID] && defect.Family != "rest" && defect.Family != "security" && !grid {
			t.Errorf("%s has no symptom", defect.ID)
		}
	}
}

func TestADeathThatNeverArrivesIsShownByNobody(t *testing.T) {
	// Nobody who is the first person of a provider has died.
	two, err := fixtures.New(fixtures.Options{PeoplePerProvider: 2})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: two}, func(system string, o *mocks.Options) {
		if system == mocks.OHC {
			o.Defects = []mocks.Setting{{ID: "D145"}}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	died := 0
	for person := range two.People() {
		if person.Deceased == "" {
			continue
		}
		died++
		for _, e := range pair.Endpoints() {
			for _, patient := range matches(t, e, "Patient?identifier="+person.NHSNumber) {
				if shown := patient.Text("deceasedDateTime"); (shown == person.Deceased) != (e.System == mocks.CCR) {
					t.Errorf("%s shows %s as deceased on %q", e.System, person.ID, shown)
				}
			}
		}
	}
	if died == 0 {
		t.Fatal("nobody has died")
	}
}

func TestDefectsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range mocks.Defects() {
		if seen[d.ID] {
			t.Errorf("%s is listed twice", d.ID)
		}
		seen[d.ID] = true
		if d.Title == "" || d.Breaks == "" || d.Family == "" || len(d.Severity) != 2 {
			t.Errorf("%s is not fully described: %+v", d.ID, d)
		}
	}
}

func TestSettingsAreRead(t *testing.T) {
	s, err := mocks.ParseSetting("d71:provider=RRK,provider=RQ3,patient=9990000018")
	if err != nil || s.ID != "D71" || len(s.Providers) != 2 || len(s.Patients) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "D999", "D71:", "D71:RRK", "D71:provider=", "D71:colour=red"} {
		if _, err := mocks.ParseSetting(bad); err == nil {
			t.Errorf("%q is read as a setting", bad)
		}
	}
}

func TestASettingLimitsADefect(t *testing.T) {
	number := person("P28")
	pair := start(t, mocks.OHC, mocks.Setting{ID: "D47", Patients: []string{number}}, mocks.Setting{ID: "D33", Providers: []string{"RRK"}})
	for _, r := range matches(t, pair.OHC, "MedicationRequest?_count=200") {
		mine := r.Text("subject", "identifier", "value") == number && strings.Contains(r.Text("meta", "source"), "ohc")
		if (r["substitution"] == nil) != mine {
			t.Errorf("%s of %s: substitution is %v", r.Reference(), r.Text("subject", "identifier", "value"), r["substitution"])
		}
	}
}

func TestTheNeighbourSeesNoneOfAClientSideDefect(t *testing.T) {
	pair := start(t, mocks.CCR, mocks.Setting{ID: "D54"}, mocks.Setting{ID: "D12"}, mocks.Setting{ID: "D64"})
	for _, r := range matches(t, pair.OHC, "Condition?"+patient(t, pair.OHC, person("P01"))) {
		if strings.Contains(r.Text("meta", "source"), "aggregator") {
			t.Errorf("ohc shows ccr's fault in %s", r.Reference())
		}
	}
}
