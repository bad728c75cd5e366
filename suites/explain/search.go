package explain

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
)

// Asked is one search of one system with its answer, right or wrong.
type Asked struct {
	// Parameters are those of the search, without the one that names the person.
	Parameters url.Values
	// Expected and Actual name what should have been found and what was.
	Expected, Actual []string
	// Expect says what a search with other parameters should find.
	Expect func(url.Values) ([]string, error)
	// Cause is the cause when something else than the search itself decides it: the page was cut off, or the answer is
	// right about what the system shows, and that is wrong. Empty when nothing does.
	Cause result.Cause
}

// wrong reports whether the answer is not the expected one.
func (a Asked) wrong() bool { return !slices.Equal(sorted(a.Expected), sorted(a.Actual)) }

// Searches gives the wrong ones among the answers of one system their causes, in order; right ones have none.
//
// Each hypothesis about how the system misreads searches predicts all its answers. One that a right answer, or another
// wrong one, contradicts is out. So is one that predicts nothing but empty answers, unless a right one shows that the
// system can find what it leaves out: whoever finds nothing at all is predicted by too much. A cause is named for an answer
// when a hypothesis that is left predicts it; when several causes are left, the one that explains most of the wrong
// answers, and none when two explain as many.
func Searches(all []Asked) []result.Cause {
	live := map[string]*explanation{}
	out := map[string]bool{}
	proofs := able(all)
	for i, asked := range all {
		actual := sorted(asked.Actual)
		for _, h := range hypotheses(asked.Parameters) {
			if out[h.name] {
				continue
			}
			found, err := asked.Expect(h.parameters)
			if err != nil || !slices.Equal(sorted(found), actual) && asked.Cause == result.NoCause {
				out[h.name] = true
				delete(live, h.name)
				continue
			}
			if !asked.wrong() || asked.Cause != result.NoCause {
				continue
			}
			if live[h.name] == nil {
				live[h.name] = &explanation{cause: h.cause, explains: map[int]bool{}}
			}
			live[h.name].explains[i] = true
			live[h.name].proved = live[h.name].proved || h.provedBy(proofs, asked)
		}
	}
	causes := make([]result.Cause, len(all))
	for i, asked := range all {
		switch {
		case !asked.wrong():
		case asked.Cause != result.NoCause:
			causes[i] = asked.Cause
		default:
			causes[i] = best(live, i)
			if causes[i] == result.NoCause {
				causes[i] = Plain(asked.Expected, asked.Actual)
			}
		}
	}
	return causes
}

// explanation is a hypothesis that nothing contradicts, with the answers that it explains.
type explanation struct {
	cause    result.Cause
	explains map[int]bool
	// proved says that one of these answers shows something, or that the system was seen to find what is left out.
	proved bool
}

// able are the searches that were answered rightly with something.
func able(all []Asked) []url.Values {
	var proofs []url.Values
	for _, asked := range all {
		if !asked.wrong() && len(asked.Actual) > 0 {
			proofs = append(proofs, asked.Parameters)
		}
	}
	return proofs
}

// provedBy reports whether an answer that the hypothesis predicts is more than what a system says that finds nothing. An
// empty answer to a list needs a right one to a value of that list; every other needs a right one to one of its parameters.
func (h hypothesis) provedBy(proofs []url.Values, asked Asked) bool {
	if len(h.alone) > 0 {
		return slices.ContainsFunc(h.alone, func(one url.Values) bool {
			return slices.ContainsFunc(proofs, func(proof url.Values) bool { return proof.Encode() == one.Encode() })
		})
	}
	return len(asked.Actual) > 0 || slices.ContainsFunc(proofs, func(proof url.Values) bool {
		for name := range asked.Parameters {
			if proof.Has(name) {
				return true
			}
		}
		return false
	})
}

// best is the cause that explains an answer and more of the others than any other cause does; none when the explanations
// that do so are not proved.
func best(live map[string]*explanation, answer int) result.Cause {
	most, proved := map[result.Cause]int{}, map[result.Cause]int{}
	reaching := map[bool]bool{}
	for _, ofChanges := range []bool{false, true} {
		e := live[named(overlapping, ofChanges)]
		reaching[ofChanges] = e != nil && e.explains[answer]
	}
	for name, e := range live {
		if !e.explains[answer] || reaching[false] && (name == dayLate || name == dayEarly) || reaching[true] && (name == named(dayLate, true) || name == named(dayEarly, true)) {
			continue // a day that is moved by an hour explains no more of it than the day itself
		}
		most[e.cause] = max(most[e.cause], len(e.explains))
		if e.proved {
			proved[e.cause] = max(proved[e.cause], len(e.explains))
		}
	}
	cause, top, tie := result.NoCause, 0, false
	for _, candidate := range result.Causes() {
		switch n := most[candidate]; {
		case n > top:
			cause, top, tie = candidate, n, false
		case n == top && n > 0:
			tie = true
		}
	}
	if tie || proved[cause] < top {
		return result.NoCause
	}
	return cause
}

// Plain is the cause when nothing decided: missing when something expected is not there, else extra.
func Plain(expected, actual []string) result.Cause {
	actual = sorted(actual)
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
	// name is the same for the same misreading in every search.
	name       string
	cause      result.Cause
	parameters url.Values
	// alone are the searches for one value of a list each, where the hypothesis is that the list is one value.
	alone []url.Values
}

// lastUpdated is the parameter of the time of the last change.
const lastUpdated = "_lastUpdated"

// named is the name of a reading, which is another one where it is of the time of the last change.
func named(reading string, ofChanges bool) string {
	if ofChanges {
		return reading + " of " + lastUpdated
	}
	return reading
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
		all = append(all, hypothesis{name: "without " + name, cause: result.IgnoredParameter, parameters: without})
		if base, modifier, ok := strings.Cut(name, ":"); ok && modifier != "" {
			plainName := clone(without)
			plainName[base] = parameters[name]
			all = append(all, hypothesis{name: "without :" + modifier, cause: result.IgnoredParameter, parameters: plainName})
		}
	}
	if whole, alone := oneValue(parameters); alone != nil {
		all = append(all, hypothesis{name: "list as one value", cause: result.ValueList, parameters: whole, alone: alone})
	}
	all = append(all, repeated(parameters)...)
	// Every reading is applied to all values at once, because a system reads them all in the same way, but for the time of the last change:
	// servers keep that in a place of its own, and compare it there.
	for _, r := range readings() {
		for _, changes := range []bool{false, true} {
			changed, other := false, url.Values{}
			for _, name := range names {
				for _, value := range parameters[name] {
					values := []string{value}
					if read := r.read(value); read != nil && changes == (name == lastUpdated) {
						values, changed = read, true
					}
					other[name] = append(other[name], values...)
				}
			}
			if changed {
				all = append(all, hypothesis{name: named(r.name, changes), cause: r.cause, parameters: other})
			}
		}
	}
	return all
}

// repeated are the ways to misread a parameter that is given more than once, of whose values FHIR wants each met (R4 3.1.1.4.1);
// none where there is no such parameter.
func repeated(parameters url.Values) []hypothesis {
	first, last, either, more := clone(parameters), clone(parameters), clone(parameters), false
	for name, values := range parameters {
		if len(values) > 1 {
			more = true
			first[name], last[name], either[name] = values[:1], values[len(values)-1:], []string{strings.Join(values, ",")}
		}
	}
	if !more {
		return nil
	}
	return []hypothesis{
		{name: "first of repeated", cause: result.RepeatedParameter, parameters: first},
		{name: "last of repeated", cause: result.RepeatedParameter, parameters: last},
		{name: "any of repeated", cause: result.RepeatedParameter, parameters: either},
	}
}

// oneValue takes every list for one value that has commas in it, and gives the searches for the values one by one; nil when
// there is no list.
func oneValue(parameters url.Values) (whole url.Values, alone []url.Values) {
	whole = clone(parameters)
	for name, values := range parameters {
		for i, value := range values {
			parts := strings.Split(value, ",")
			if len(parts) < 2 || strings.Contains(value, `\`) {
				continue
			}
			whole[name][i] = parts[0] + `\,` + strings.ReplaceAll(strings.Join(parts[1:], `\,`), "|", `\|`)
			for _, part := range parts {
				one := clone(parameters)
				one[name][i] = part
				alone = append(alone, one)
			}
		}
	}
	return whole, alone
}

// reading is one wrong way to read a value: what the system takes it for, nil when the value is not of the kind.
type reading struct {
	name  string
	cause result.Cause
	read  func(value string) []string
}

const (
	overlapping = "what overlaps a period"
	dayLate     = "day an hour late"
	dayEarly    = "day an hour early"
)

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
		{"prefix ignored", result.PrefixIgnored, unprefixed},
		{"boundary", result.Boundary, boundary("ge", "gt", "le", "lt")},
		{"boundary of ge", result.Boundary, boundary("ge")},
		{"boundary of gt", result.Boundary, boundary("gt")},
		{"boundary of le", result.Boundary, boundary("le")},
		{"boundary of lt", result.Boundary, boundary("lt")},
		{"boundary of sa and eb", result.Boundary, boundary("sa", "eb")},
		{"first instant of a year or month", result.PartialDate, date(func(prefix, text string) []string {
			if len(text) == len(time.DateOnly) {
				return nil
			}
			return firstInstant(prefix, text)
		})},
		{"first instant", result.PartialDate, date(firstInstant)},
		{"far end of a year or month", result.PartialDate, date(farEnd)},
		{"day of an instant", result.TimeIgnored, date(dayOf(nil))},
		{"day of an instant in UTC", result.TimeIgnored, date(dayOf(time.UTC))},
		{"offset ignored", result.TimeZone, date(offsetIgnored)},
		{overlapping, result.Boundary, date(overlap)},
		{dayLate, result.TimeZone, date(summerDay(time.Hour))},
		{dayEarly, result.TimeZone, date(summerDay(-time.Hour))},
		{"instant an hour late", result.TimeZone, date(instantMoved(time.Hour))},
		{"instant an hour early", result.TimeZone, date(instantMoved(-time.Hour))},
		{"code alone", result.CodeSystem, token(func(_, code string) string { return code })},
		{"code without system", result.CodeSystem, token(func(_, code string) string { return "|" + code })},
		{"first of list", result.ValueList, list(func(parts []string) string { return parts[0] })},
		{"last of list", result.ValueList, list(func(parts []string) string { return parts[len(parts)-1] })},
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
