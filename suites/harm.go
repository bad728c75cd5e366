package suites

import (
	"concord.example/concord/mocks"
)

// harms says how bad the hazard behind each check can be, S1 to S4: what most of the defects have that make it fail. A defect
// that few checks see says more about each of them than one that nearly every check sees. A check that no defect makes fail
// has none.
func harms() map[string]string {
	weights := map[string]map[string]float64{}
	for _, d := range mocks.Defects() {
		for _, id := range d.Checks {
			if weights[id] == nil {
				weights[id] = map[string]float64{}
			}
			weights[id][d.Severity] += 1 / float64(len(d.Checks))
		}
	}
	harm := make(map[string]string, len(weights))
	for id, of := range weights {
		for severity, weight := range of {
			if at := harm[id]; at == "" || weight > of[at] || weight == of[at] && severity < at {
				harm[id] = severity
			}
		}
	}
	return harm
}
