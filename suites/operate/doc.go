// Package operate makes events happen at systems under test: at once in Concord's own mocks, in this process or over
// their admin API, and by asking a person where the system is a real one.
//
// It promises that a Reset undoes everything that its operators did, and that nothing counts as having happened which
// neither a mock nor a person has confirmed.
package operate
