package command

import (
	"testing"

	"concord.example/concord/suites/doctor"
)

func TestOnlyWhatNothingCanBeAskedWithoutStandsInTheWayOfARun(t *testing.T) {
	for _, probe := range doctor.Probes() {
		found := doctor.Report{Lines: []doctor.Line{{Probe: doctor.DNS, State: doctor.OK}, {Probe: probe, State: doctor.Failed, Said: "it is broken"}}}
		want := map[string]bool{doctor.DNS: true, doctor.TCP: true, doctor.TLS: true, doctor.Auth: true, doctor.Metadata: true}[probe]
		if stands := inTheWay(found); (stands != nil) != want || want && stands.Said != "it is broken" {
			t.Errorf("a failure of %s stands in the way: %+v", probe, stands)
		}
		found.Lines[1].State = doctor.Warning
		if stands := inTheWay(found); stands != nil {
			t.Errorf("a remark about %s stands in the way", probe)
		}
	}
}
