package search

import "fmt"

// ParamError says what is wrong with one search parameter.
type ParamError struct {
	// Param and Value are as they were written, after percent-decoding. Value is "" when the name alone is wrong.
	Param, Value string
	// Problem is a sentence fragment that says what is wrong and, where it helps, what is right.
	Problem string
	// Unknown is set when the parameter does not exist or is not supported, as opposed to being used wrongly. Lenient
	// handling ignores such a parameter.
	Unknown bool
}

// Error names the parameter, its value and the problem.
func (e *ParamError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("search parameter %q %s", e.Param, e.Problem)
	}
	return fmt.Sprintf("search parameter %q with value %q %s", e.Param, e.Value, e.Problem)
}

// LimitError says that a search was refused because answering it would take more than its limits allow.
type LimitError struct {
	// What is what there was too much of, as a plural noun.
	What string
	// Limit is how many are allowed.
	Limit int
}

// Error names what there was too much of and the limit.
func (e *LimitError) Error() string {
	return fmt.Sprintf("search is too costly: more than %d %s", e.Limit, e.What)
}
