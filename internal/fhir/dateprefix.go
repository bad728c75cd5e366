package fhir

import "time"

// Prefix is the comparison a number, date or quantity search value begins with (FHIR R4 section 3.1.1.4.5).
type Prefix uint8

// The nine prefixes. Equal is also what a value without a prefix means.
const (
	Equal Prefix = iota
	NotEqual
	GreaterThan
	LessThan
	GreaterOrEqual
	LessOrEqual
	StartsAfter
	EndsBefore
	Approximately
)

// CutPrefix takes a prefix off a search value. Without one it returns Equal and the value as it is.
func CutPrefix(value string) (Prefix, string) {
	if len(value) < 2 {
		return Equal, value
	}
	prefix := Equal
	switch value[:2] {
	case "eq":
	case "ne":
		prefix = NotEqual
	case "gt":
		prefix = GreaterThan
	case "lt":
		prefix = LessThan
	case "ge":
		prefix = GreaterOrEqual
	case "le":
		prefix = LessOrEqual
	case "sa":
		prefix = StartsAfter
	case "eb":
		prefix = EndsBefore
	case "ap":
		prefix = Approximately
	default:
		return Equal, value
	}
	return prefix, value[2:]
}

// String returns the two letters of the prefix.
func (p Prefix) String() string {
	names := [...]string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"}
	if int(p) < len(names) {
		return names[p]
	}
	return "?"
}

// Matches reports whether the interval of a value in a resource stands in the relation to the interval of a search value.
//
// R4 defines the prefixes over ranges but says only loosely where "the range above" a value that is itself a range
// begins. This reads it as the servers in use do, which is also the reading in which each prefix means its plain word:
//
//	eq  the search value contains the target        ne  it does not
//	gt  the target goes on after the search value   le  the target starts before the search value is over (not sa)
//	lt  the target starts before the search value   ge  the target goes on once the search value has begun (not eb)
//	sa  the target starts once the search value is over
//	eb  the target is over when the search value begins
//	ap  the two overlap; the caller widens the search value first (see Interval.Widen)
//
// So ge and eb divide all dated values between them, as do le and sa, and ge and lt together find every one.
func (p Prefix) Matches(search, target Interval) bool {
	switch p {
	case Equal:
		return search.contains(target)
	case NotEqual:
		return !search.contains(target)
	case GreaterThan:
		return highAfter(target, search)
	case LessThan:
		return lowBefore(target, search)
	case GreaterOrEqual:
		return !endsBefore(target, search)
	case LessOrEqual:
		return !endsBefore(search, target)
	case StartsAfter:
		return endsBefore(search, target)
	case EndsBefore:
		return endsBefore(target, search)
	case Approximately:
		return !endsBefore(target, search) && !endsBefore(search, target)
	default:
		return false
	}
}

// Widen moves both bounds of a search value outwards by a tenth of the gap between now and its start, the approximation
// R4 recommends for ap.
func (i Interval) Widen(now time.Time) Interval {
	if i.NoLow || i.NoHigh {
		return i
	}
	// In whole seconds and nanoseconds: a time.Duration holds no more than 292 years.
	seconds, nanoseconds := now.Unix()-i.Low.Unix(), int64(now.Nanosecond()-i.Low.Nanosecond())
	if seconds < 0 || seconds == 0 && nanoseconds < 0 {
		seconds, nanoseconds = -seconds, -nanoseconds
	}
	nanoseconds = (seconds%10*int64(time.Second) + nanoseconds) / 10
	seconds /= 10
	return Interval{
		Low:  time.Unix(i.Low.Unix()-seconds, int64(i.Low.Nanosecond())-nanoseconds).UTC(),
		High: time.Unix(i.High.Unix()+seconds, int64(i.High.Nanosecond())+nanoseconds).UTC(),
	}
}

func (i Interval) contains(target Interval) bool {
	return !lowBefore(target, i) && !highAfter(target, i)
}

// lowBefore reports whether a begins before b begins.
func lowBefore(a, b Interval) bool {
	if a.NoLow || b.NoLow {
		return a.NoLow && !b.NoLow
	}
	return a.Low.Before(b.Low)
}

// highAfter reports whether a ends after b ends.
func highAfter(a, b Interval) bool {
	if a.NoHigh || b.NoHigh {
		return a.NoHigh && !b.NoHigh
	}
	return a.High.After(b.High)
}

// endsBefore reports whether a is over when b begins.
func endsBefore(a, b Interval) bool {
	return !a.NoHigh && !b.NoLow && !a.High.After(b.Low)
}

// Union returns the smallest interval that holds both.
func (i Interval) Union(other Interval) Interval {
	if lowBefore(other, i) {
		i.Low, i.NoLow = other.Low, other.NoLow
	}
	if highAfter(other, i) {
		i.High, i.NoHigh = other.High, other.NoHigh
	}
	return i
}

// Compare orders intervals by where they begin and then by where they end: -1, 0 or 1. A missing bound lies before every
// beginning and after every end.
func (i Interval) Compare(other Interval) int {
	switch {
	case lowBefore(i, other):
		return -1
	case lowBefore(other, i):
		return 1
	case highAfter(other, i):
		return -1
	case highAfter(i, other):
		return 1
	default:
		return 0
	}
}
