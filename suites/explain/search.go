package explain

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"concord/internal/result"
)

// Asked is one search whose answer is wrong.
type Asked struct {
	// Parameters are those of the search, without the one that names the person.
	Parameters url.Values
	// Expected and Actual name what should have been found and what was.
	Expected, Actual []string
	// Expect says what a search with other parameters should find.
	Expect func(url.Values) ([]string, error)
	// Own is what the search should find by what the system itself shows without it, when that is known.
	Own      []string
	OwnKnown bool
	// Content is the cause why the system shows the first of what is wrong otherwise than it should.
	Content func() result.Cause
	// Truncated says that a larger page of the same answer shows more of it.
	Truncated bool
}

// Search gives a wrong answer its cause. Each hypothesis about what the system does instead makes another search of the
// one that was asked; the cause is named when such a search explains the answer exactly, and all that do so agree.
func Search(asked Asked) result.Cause {
	expected, actual := sorted(asked.Expected), sorted(asked.Actual)
	if asked.Truncated {
		return result.PagingTruncation
	}
	if asked.OwnKnown && slices.Equal(sorted(asked.Own), actual) {
		// The search is right about what the system shows; what it shows is not right.
		if cause := asked.Content(); cause != result.NoCause {
			return cause
		}
	}
	cause := result.NoCause
	for _, h := range hypotheses(asked.Parameters) {
		found, err := asked.Expect(h.parameters)
		if err != nil || !slices.Equal(sorted(found), actual) || slices.Equal(actual, expected) {
			continue
		}
		if cause != result.NoCause && cause != h.cause {
			return plain(expected, actual)
		}
		cause = h.cause
	}
	if cause == result.NoCause {
		return plain(expected, actual)
	}
	return cause
}

// plain is the cause when nothing decided: missing when something expected is not there, else extra.
func plain(expected, actual []string) result.Cause {
	for _, key := range expected {
		if _, there := slices.BinarySearch(actual, key); !there {
			return result.CauseMissing
		}
	}
	return result.CauseExtra
}

func sorted(keys []string) []string {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	return keys
}

// hypothesis is a search that a system may have answered instead of the one that was asked.
type hypothesis struct {
	cause      result.Cause
	parameters url.Values
}

// hypotheses lists the ways in which systems are known to misread a search.
func hypotheses(parameters url.Values) []hypothesis {
	var all []hypothesis
	names := make([]string, 0, len(parameters))
	for name := range parameters {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		without := clone(parameters)
		delete(without, name)
		all = append(all, hypothesis{result.IgnoredParameter, without})
		if base, modifier, ok := strings.Cut(name, ":"); ok && modifier != "" {
			plainName := clone(without)
			plainName[base] = parameters[name]
			all = append(all, hypothesis{result.IgnoredParameter, plainName})
		}
	}
	// Every reading is applied to all values at once, because a system reads them all in the same way.
	for _, r := range readings() {
		changed, other := false, url.Values{}
		for _, name := range names {
			for _, value := range parameters[name] {
				values := r.read(value)
				if values == nil {
					values = []string{value}
				} else {
					changed = true
				}
				other[name] = append(other[name], values...)
			}
		}
		if changed {
			all = append(all, hypothesis{r.cause, other})
		}
	}
	return all
}

// reading is one wrong way to read a value: what the system takes it for, nil when the value is not of the kind.
type reading struct {
	cause result.Cause
	read  func(value string) []string
}

func readings() []reading {
	token := func(read func(system, code string) string) func(string) []string {
		return func(value string) []string {
			parts := strings.Split(value, ",")
			changed := false
			for i, part := range parts {
				system, code, ok := strings.Cut(part, "|")
				if ok && code != "" {
					parts[i] = read(system, code)
					changed = changed || parts[i] != part
				}
			}
			if !changed {
				return nil
			}
			return []string{strings.Join(parts, ",")}
		}
	}
	list := func(pick func([]string) string) func(string) []string {
		return func(value string) []string {
			if parts := strings.Split(value, ","); len(parts) > 1 {
				return []string{pick(parts)}
			}
			return nil
		}
	}
	return []reading{
		{result.Boundary, boundary},
		{result.PartialDate, date(func(prefix, text string) []string { return firstInstant(prefix, text) })},
		{result.TimeZone, date(offsetIgnored)},
		{result.TimeZone, date(summerDay(time.Hour))},
		{result.TimeZone, date(summerDay(-time.Hour))},
		{result.TimeZone, date(instantMoved(time.Hour))},
		{result.TimeZone, date(instantMoved(-time.Hour))},
		{result.CodeSystem, token(func(_, code string) string { return code })},
		{result.CodeSystem, token(func(_, code string) string { return "|" + code })},
		{result.IgnoredParameter, list(func(parts []string) string { return parts[0] })},
		{result.IgnoredParameter, list(func(parts []string) string { return parts[len(parts)-1] })},
	}
}

// clone copies parameters.
func clone(parameters url.Values) url.Values {
	copied := make(url.Values, len(parameters))
	for name, values := range parameters {
		copied[name] = slices.Clone(values)
	}
	return copied
}
