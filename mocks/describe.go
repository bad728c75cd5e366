package mocks

import "strings"

// Describe returns the name that people use for a mock system that holds a part of the ledger, and the supplier whose style it
// imitates. Both are empty for a part that there is no mock of.
func Describe(part, name string) (title, supplier string) {
	p, err := newFurther(part, name)
	if err != nil {
		return "", ""
	}
	return p.title, strings.TrimSuffix(p.supplier, "-style mock")
}
