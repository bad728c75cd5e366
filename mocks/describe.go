package mocks

import "strings"

// Describe returns the name that people use for a mock system, and the supplier whose style it imitates. Both are empty
// for a system that there is no mock of.
func Describe(system string) (title, supplier string) {
	p, err := newPersonality(system)
	if err != nil {
		return "", ""
	}
	return p.title, strings.TrimSuffix(p.supplier, "-style mock")
}
