package doctor_test

import (
	"testing"

	"concord.example/concord/suites/doctor"
)

func TestOneServerThatIsAskedTwiceIsToldFromTwo(t *testing.T) {
	const one, other = "https://ccr.example.test/fhir", "https://ohc.example.test/fhir"
	for name, c := range map[string]struct {
		selves, times []string
		alike         bool
		want          doctor.State
	}{
		"two":                                   {[]string{one, other}, []string{"t1", "t1"}, true, ""},
		"one by two names":                      {[]string{one, one}, []string{"t1", "t1"}, true, doctor.Failed},
		"two tenants, or one":                   {[]string{one, one}, []string{"t1", "t1"}, false, doctor.Warning},
		"two at addresses of their own":         {[]string{"", ""}, []string{"t1", "t1"}, true, ""},
		"two whom nobody told their address":    {[]string{one, one}, []string{"t1", "t2"}, true, ""},
		"one at one address, who says no other": {[]string{"", "same"}, []string{"t1", "t1"}, true, doctor.Failed},
		"two that show nobody":                  {[]string{one, one}, []string{"", ""}, true, ""},
	} {
		reports := make([]doctor.Report, 0, len(c.selves))
		for i, self := range c.selves {
			address := "https://" + string(rune('a'+i)) + ".example.test/fhir"
			if self == "same" {
				self, address = "", "https://a.example.test/fhir/"
			}
			reports = append(reports, doctor.Report{System: string(rune('a' + i)), BaseURL: address, Ready: true, Self: self})
			if c.times[i] != "" {
				reports[i].Seen = []string{"Patient/1 1 " + c.times[i]}
			}
		}
		doctor.TellApart(reports, func(int, int) bool { return c.alike })
		var got doctor.State
		for _, line := range reports[1].Lines {
			got = line.State
		}
		if same := reports[1].SameAs != ""; same != (c.want == doctor.Failed) {
			t.Errorf("%s: is the same as %q", name, reports[1].SameAs)
		}
		if got != c.want || reports[1].Ready != (c.want != doctor.Failed) || len(reports[0].Lines) > 0 {
			t.Errorf("%s: %q, ready is %t", name, got, reports[1].Ready)
		}
	}
}
