package causes

import (
	"strings"

	"concord.example/concord/internal/result"
)

// reasons are why what is wrong at one place of a system is so, where all that says why says the same.
type reasons map[[2]string]result.Cause

// explained takes the reasons of findings that have one: of the element that they are about, and of the sentence that they say of one record.
func explained(all []item) reasons {
	known := reasons{}
	for _, it := range all {
		f := it.finding
		if f.Cause == result.NoCause || f.Cause.Plain() || f.Cause.Undermines() {
			continue
		}
		for _, place := range it.places() {
			if reason, told := known[place]; told && reason != f.Cause {
				known[place] = result.NoCause
			} else {
				known[place] = f.Cause
			}
		}
	}
	return known
}

// of is why a finding that does not say it came about, where others of the same place do.
func (r reasons) of(it item) result.Cause {
	if f := it.finding; f.Cause == result.NoCause || f.Cause.Plain() {
		for _, place := range it.places() {
			if reason := r[place]; reason != result.NoCause {
				return reason
			}
		}
	}
	return result.NoCause
}

// places are what a finding is about at its system: an element of records, and what is said of a record that is shown to people.
func (it item) places() [][2]string {
	var all [][2]string
	if it.shown && strings.Contains(it.finding.Path, ".") {
		all = append(all, [2]string{it.system, element(it.finding.Path)})
	}
	if it.shown && it.finding.Message != "" {
		all = append(all, [2]string{it.system, it.finding.Message})
	}
	return all
}
