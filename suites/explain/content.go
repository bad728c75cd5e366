package explain

import (
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/record"
)

// Evidence is what is known about one difference besides the difference itself. The zero value is no evidence.
type Evidence struct {
	// Now is when the system was asked.
	Now time.Time
	// Earlier are the versions of the fact that a later one replaced.
	Earlier []record.Statement
	// Withheld says that a consent or sensitivity rule is about this fact or this person.
	Withheld bool
	// Truncated says that a larger page of the same answer shows it.
	Truncated bool
	// Found says that it is shown when it is asked for by its identifier.
	Found bool
	// Sibling says that another fact of the same day and code is shown, Merged that exactly one of each day and code is,
	// wherever there are several.
	Sibling, Merged bool
	// AlsoLive says that facts of the same kind that were not withdrawn are missing as well.
	AlsoLive bool
	// Unlinked says that a resource of the other medicine type shows the same medicine of the same time without a link: the
	// one that is missing, or the one instead of which it is shown.
	Unlinked bool
	// Unreached says that nothing of the kind is found by the person, and that the fact is found by its identifier, as theirs.
	Unreached bool
	// Elsewhere says that what is shown names another person as the one it is about.
	Elsewhere bool
}

// Content gives a difference in what is shown its cause. It is a pure function.
func Content(d record.Difference, evidence Evidence) result.Cause {
	switch d.Kind {
	case record.Missing:
		return missing(d, evidence)
	case record.Extra:
		switch {
		case evidence.Elsewhere:
			return result.OtherPerson
		case d.Want.Type != "":
			return result.Duplicate
		case evidence.Withheld:
			return result.Withheld
		case evidence.Unlinked:
			return result.ReferenceBroken
		default:
			return result.CauseExtra
		}
	case record.Mislabelled:
		return result.LabelLost
	case record.Altered:
		if evidence.Elsewhere && ofPatient(d.Path) {
			return result.OtherPerson
		}
		if stale(d, evidence.Earlier) {
			return result.StaleFeed
		}
		return altered(d, evidence.Now)
	default:
		return result.CauseError
	}
}

// ofPatient reports whether a path leads to the element that says whom a record is about.
func ofPatient(path string) bool {
	_, name, _ := strings.Cut(path, ".")
	return name == "subject" || name == "patient" || name == "for"
}

// Alone explains the differences of one record by what they show themselves, without asking anybody anything. now is when
// the record was asked for.
func Alone(differences []record.Difference, now time.Time) []record.Difference {
	alsoLive := slices.ContainsFunc(differences, func(d record.Difference) bool { return d.Kind == record.Missing && !Withdrawn(d.Want.Status()) })
	for i := range differences {
		differences[i].Cause = Content(differences[i], Evidence{Now: now, AlsoLive: alsoLive})
	}
	return differences
}

// missing explains a fact that is not shown.
func missing(d record.Difference, evidence Evidence) result.Cause {
	switch {
	case evidence.Truncated:
		return result.PagingTruncation
	case evidence.Merged && evidence.Sibling:
		return result.Duplicate
	case Withdrawn(d.Want.Status()) && !evidence.AlsoLive:
		return result.EnteredInError
	case evidence.Unlinked:
		return result.ReferenceBroken
	case evidence.Unreached:
		return result.CauseSilent
	case evidence.Withheld:
		return result.Withheld
	case evidence.Sibling && evidence.Found:
		return result.Duplicate
	default:
		return result.CauseMissing
	}
}

// stale reports whether what is shown is an earlier version: it says so by its time of last update, and the content is
// that version's.
func stale(d record.Difference, earlier []record.Statement) bool {
	_, path, _ := strings.Cut(d.Path, ".")
	return slices.ContainsFunc(earlier, func(version record.Statement) bool {
		return version.Updated != d.Want.Updated && version.Updated == d.Got.Updated && version.Value(path) == d.Got.Value(path)
	})
}

// altered explains content that is not as it was recorded, by the rule it was compared by and its two sides.
func altered(d record.Difference, now time.Time) result.Cause {
	_, path, _ := strings.Cut(d.Path, ".")
	want, got := d.Want.Value(path), d.Got.Value(path)
	switch d.Rule {
	case "reference":
		return result.ReferenceBroken
	case "moment":
		if borrowed(d, path) {
			return result.CauseAltered
		}
		return momentCause(want, got, now)
	case "amount", "amounts":
		return amountCause(want, got)
	case "display":
		return result.CodeSystem
	case "updated":
		return result.StaleFeed
	case record.RuleUnreadMedicine:
		return result.ReferenceBroken
	}
	switch {
	case path == "status" || path == "verificationStatus" || path == "clinicalStatus":
		switch {
		case Withdrawn(d.Want.Status()) != Withdrawn(d.Got.Status()):
			return result.EnteredInError
		case d.Actual == "":
			return result.CauseMissing
		default:
			return result.StatusMapping
		}
	case path == "interpretation" && d.Actual != "" && codeSystem(want) == codeSystem(got):
		return result.CauseAltered // high for low is another finding, and no label
	case path == "category" && bareCode(d.Actual) != "" && bareCode(d.Actual) == bareCode(d.Expected):
		return result.CodeSystem
	case path == "interpretation" || path == "category" || path == "meta.security":
		return result.LabelLost
	case d.Actual == "":
		return result.CauseMissing
	case d.Rule == "concept" && fewer(want, got) && !strings.Contains(d.Actual, `"`): // in quotes are words that may say the same
		return result.CauseMissing
	case d.Rule == "concept" && !swapped(d, path) && strings.Contains(want+d.Expected, "|"):
		return result.CodeSystem // of words alone on both sides there is no code
	default:
		return result.CauseAltered
	}
}

// fewer reports whether of several codes of one code system some are shown, and nothing of that system in the place of the others: a rash
// without the wheals is no other code for both. Codes of another system are a map of the same.
func fewer(want, got string) bool {
	wanted, shown := strings.Split(want, "\n"), strings.Split(got, "\n")
	lost := slices.DeleteFunc(slices.Clone(wanted), func(code string) bool { return slices.Contains(shown, code) })
	return len(lost) > 0 && !slices.ContainsFunc(lost, func(code string) bool {
		left, other := false, false
		for _, one := range shown {
			if codeSystem(one) == codeSystem(code) {
				left, other = left || slices.Contains(wanted, one), other || !slices.Contains(wanted, one)
			}
		}
		return !left || other
	})
}

// codeSystem is the system of the first code of a concept.
func codeSystem(concept string) string {
	system, _, _ := strings.Cut(concept, "|")
	return system
}

// bareCode is the first code of a concept as it is spoken, without its system: what stands before the words.
func bareCode(concept string) string {
	_, code, _ := strings.Cut(concept, "|")
	code, _, _ = strings.Cut(code, " ")
	return code
}

// swapped reports whether the codes that are shown and were not recorded there are ones that the record has in another place: then they are no
// other codes for the same thing.
func swapped(d record.Difference, path string) bool {
	wanted, elsewhere := strings.Split(d.Want.Value(path), "\n"), map[string]bool{}
	for _, other := range d.Want.Paths() {
		if other == path {
			continue
		}
		for _, code := range strings.Split(d.Want.Value(other), "\n") {
			elsewhere[code] = code != ""
		}
	}
	strange := slices.DeleteFunc(strings.Split(d.Got.Value(path), "\n"), func(code string) bool { return slices.Contains(wanted, code) })
	return len(strange) > 0 && !slices.ContainsFunc(strange, func(code string) bool { return !elsewhere[code] })
}

// borrowed reports whether the time that is shown is another one of the record, which is shown as it was recorded: when a result was
// reported, in the place of when its sample was taken. A zone that was lost moves all of them.
func borrowed(d record.Difference, path string) bool {
	got := d.Got.Value(path)
	return slices.ContainsFunc(append(d.Want.Paths(), "issued", "recordedDate", "recorded", "dateAsserted", "created"), func(other string) bool {
		return other != path && got != "" && d.Want.Value(other) == got && d.Got.Value(other) == got
	})
}

// Withdrawn reports whether a status says that a record must not be acted on.
func Withdrawn(status string) bool { return status == "entered-in-error" || status == "refuted" }
