package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// TellApart adds to the reports of systems which of them are one server that is asked twice: what is compared with itself agrees,
// whatever it says. Two are one where they are asked at the same address, or write the same into their answers as their own, and show
// the same records in the same versions of the same times: servers that nobody has told their address may all write the same one. Where they are asked by other
// proofs of who asks (alike reports whether by the same), they may be two tenants of it, and that is a warning only.
func TellApart(reports []Report, alike func(i, j int) bool) {
	for j := range reports {
		for i := range j {
			where := reports[i].Self
			if where == "" || where != reports[j].Self {
				where = strings.TrimRight(reports[i].BaseURL, "/")
				if where != strings.TrimRight(reports[j].BaseURL, "/") {
					continue
				}
			}
			if len(reports[i].Seen) == 0 || !slices.Equal(reports[i].Seen, reports[j].Seen) {
				continue
			}
			line := Line{
				Probe: Apart, State: Failed, Do: "correct baseURL of one of them: what is compared with itself agrees, and shows nothing",
				Said: fmt.Sprintf("%s and %s are one server: both answer as %s, with the same records of the same times", reports[i].System, reports[j].System, shown(where)),
			}
			if !alike(i, j) {
				line.State = Warning
				line.Said = fmt.Sprintf("%s and %s both answer as %s, with the same records of the same times, and are asked by different credentials", reports[i].System, reports[j].System, shown(where))
				line.Do = "see to it that these are two tenants: where they are one, what is compared with itself agrees, and shows nothing"
			}
			reports[j].Lines = append(reports[j].Lines, line)
			if line.State == Failed {
				reports[j].Ready, reports[j].SameAs = false, reports[i].System
			}
			break
		}
	}
}
