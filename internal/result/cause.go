package result

import "slices"

// Cause says why an answer differs from the right one. It is a closed list, so that a programme can count causes, and a
// difference has exactly one. Where the evidence does not decide between causes, the cause is a plain one: Missing, Extra
// or Altered. A finding that is about no difference between answers has none.
type Cause string

// The causes. Each is explained by Cause.Meaning.
const (
	NoCause           Cause = ""
	CauseMissing      Cause = "missing"
	CauseExtra        Cause = "extra"
	CauseAltered      Cause = "altered"
	IgnoredParameter  Cause = "ignored-parameter"
	NotRefused        Cause = "not-refused"
	QueryIgnored      Cause = "query-ignored"
	PrefixIgnored     Cause = "prefix-ignored"
	ValueList         Cause = "value-list"
	RepeatedParameter Cause = "repeated-parameter"
	Boundary          Cause = "boundary"
	PartialDate       Cause = "partial-date"
	TimeIgnored       Cause = "time-ignored"
	TimeZone          Cause = "time-zone"
	FutureDate        Cause = "future-date"
	CodeSystem        Cause = "code-system"
	StatusMapping     Cause = "status-mapping"
	EnteredInError    Cause = "entered-in-error"
	PagingTruncation  Cause = "paging-truncation"
	PageDrift         Cause = "page-drift"
	EndlessPages      Cause = "endless-pages"
	WrongTotal        Cause = "wrong-total"
	WrongOrder        Cause = "wrong-order"
	Duplicate         Cause = "duplicate"
	OtherPerson       Cause = "other-person"
	StaleFeed         Cause = "stale-feed"
	Withheld          Cause = "withheld"
	HistoryCut        Cause = "history-cut"
	StatusFilter      Cause = "status-filter"
	LabelLost         Cause = "label-lost"
	PartShort         Cause = "part-short"
	Unit              Cause = "unit"
	Precision         Cause = "precision"
	ReferenceBroken   Cause = "reference-broken"
	OwnAddress        Cause = "own-address"
	ReferenceForm     Cause = "reference-form"
	ProfileDifference Cause = "profile-difference"
	JSONShape         Cause = "json-shape"
	LinkElsewhere     Cause = "link-elsewhere"
	Unsteady          Cause = "unsteady"
	CauseSilent       Cause = "silent-parameter"
	CauseNotOffered   Cause = "not-offered"
	CauseError        Cause = "error"
)

// Causes lists every cause.
func Causes() []Cause {
	return []Cause{
		CauseMissing, CauseExtra, CauseAltered, IgnoredParameter, NotRefused, QueryIgnored, PrefixIgnored, ValueList, RepeatedParameter, Boundary, PartialDate, TimeIgnored, TimeZone, FutureDate, CodeSystem,
		StatusMapping, EnteredInError, PagingTruncation, PageDrift, EndlessPages, WrongTotal, WrongOrder, Duplicate, OtherPerson, StaleFeed, Withheld, HistoryCut, StatusFilter, LabelLost, PartShort,
		Unit, Precision, ReferenceBroken, OwnAddress, ReferenceForm, ProfileDifference, JSONShape, LinkElsewhere, Unsteady, CauseSilent, CauseNotOffered, CauseError,
	}
}

// Known reports whether the cause is one of the list, or none.
func (c Cause) Known() bool { return c == NoCause || slices.Contains(Causes(), c) }

// Plain reports whether the cause says only what differs, because nothing showed why.
func (c Cause) Plain() bool { return c == CauseMissing || c == CauseExtra || c == CauseAltered }

// Meaning says the cause in one sentence for a reader who does not know the code; "" for none.
func (c Cause) Meaning() string {
	switch c {
	case CauseMissing:
		return "Something that was recorded, or a part of it, is not shown, and nothing showed why."
	case CauseExtra:
		return "Something is shown that should not be in the answer, and nothing showed why."
	case CauseAltered:
		return "The record is shown with another content than was recorded, and nothing showed why."
	case IgnoredParameter:
		return "The search parameter is not applied: the answer is the same without it."
	case NotRefused:
		return "A search that cannot be meant as it is written, with an unknown modifier, a value that is none or none at all, is answered and not refused."
	case QueryIgnored:
		return "What follows the question mark of a search is not looked at: searches for different things have the same answer."
	case PrefixIgnored:
		return "The comparison before a date or a number, such as ge or lt, is not looked at: the value is read as if it stood alone."
	case ValueList:
		return "Of a list of values separated by commas not every one is applied: it is read as one value, or some are left out."
	case RepeatedParameter:
		return "A parameter that is given more than once does not narrow the search by each of its values: only one of them counts, any is enough, or the search is refused."
	case Boundary:
		return "A record that lies exactly on the boundary of the period asked for, or reaches over it, falls on the wrong side of it."
	case PartialDate:
		return "A year, month or day is not read as the whole period that it names."
	case TimeIgnored:
		return "The time of day in a date that is searched for is not looked at: an instant is read as the whole day."
	case TimeZone:
		return "The time is right in another time zone: an offset or British Summer Time was lost or read wrongly."
	case FutureDate:
		return "The record is dated later than the time at which it was asked for, and cannot have been recorded so."
	case CodeSystem:
		return "Another code, another code system, another map, or words alone, are used instead of the code that was recorded or asked for."
	case StatusMapping:
		return "The status is another than the one that was recorded, so the two systems map statuses differently."
	case EnteredInError:
		return "A record that was withdrawn as entered in error, or refuted, is not shown as such."
	case PagingTruncation:
		return "The answer ends before the last match, and no next link leads to the rest."
	case PageDrift:
		return "Pages of one answer repeat or skip matches, because their order moved while they were read."
	case EndlessPages:
		return "The pages of an answer do not end: a next link leads back to a page that was read, or there is always one more, so nobody can read all of it."
	case WrongTotal:
		return "The number of matches that the answer states is not the number of those that can be read."
	case WrongOrder:
		return "The results are the right ones, in another order than the one that was asked for."
	case Duplicate:
		return "One fact is shown more than once, or two facts were merged into one."
	case OtherPerson:
		return "Records of one person are shown among those of another, so somebody can be treated by what is known of somebody else."
	case StaleFeed:
		return "An earlier version of the record is shown, or its time of last update is not that of its last change."
	case Withheld:
		return "A consent or sensitivity filter decided what is shown: it held back what may be shared, or let through what may not."
	case HistoryCut:
		return "What is older than some date is left out: everything that is missing was recorded before all that is shown."
	case StatusFilter:
		return "Records with some statuses, such as resolved, stopped or finished, are left out: nothing that is shown has the status of what is missing."
	case LabelLost:
		return "The content is right and its label is not: the source, a flag or a mark that goes with it is lost or another's."
	case PartShort:
		return "Of records that are asked for in part, by _elements or _summary, something is left out that was asked for or must be there in a part too, such as their status."
	case Unit:
		return "The number, its unit or both were converted or labelled wrongly."
	case Precision:
		return "The same date or amount is given with another precision than was recorded."
	case ReferenceBroken:
		return "A link to another record is lost, or leads nowhere or to another record."
	case OwnAddress:
		return "A search for the absolute URL of a record of the system itself does not find what the same search by type and id finds."
	case ReferenceForm:
		return "A search for a record by its type and id, as patient=Patient/1, does not find what the same search by its id alone finds."
	case ProfileDifference:
		return "The resource does not conform to the profile that it claims, or claims another."
	case JSONShape:
		return "Resources are not written in FHIR's JSON: a value, object or array stands where FHIR has another of them, so most programs cannot read them."
	case LinkElsewhere:
		return "The next link leads to another address than the one at which the system is asked, so nobody can read on: nothing is sent there."
	case Unsteady:
		return "The same question has another answer when it is asked again at once, so what a clinician sees depends on the moment."
	case CauseSilent:
		return "A search parameter that the system declares finds nothing, in whatever form it is asked: it is not read from what is stored."
	case CauseNotOffered:
		return "The system does not offer the search that the question needs."
	case CauseError:
		return "The system answered with an error, or with something that is not an answer in FHIR."
	default:
		return ""
	}
}

// Undermines reports whether a cause makes every other thing doubtful that was found about the system.
func (c Cause) Undermines() bool { return c == Unsteady || c == QueryIgnored || c == JSONShape }

// Remedy is what to do about a cause that asks for the same whatever was asked; "" where the check says it.
func (c Cause) Remedy() string {
	switch c {
	case Unsteady:
		return "Ask the request several times, at each node, replica, cache and gateway behind the address, until one differs, and make all of them answer alike."
	case QueryIgnored:
		return "Follow two searches with different parameters through each gateway and cache to the service: find where the query is dropped, or is no part of what an answer is kept under."
	case HistoryCut:
		return "Find the limit of time in the feed, the view or the query behind the search, and take it out, or agree it with those who rely on the record."
	case StatusFilter:
		return "Find the condition on the status in the feed, the view or the query behind the search, and take it out: a search without a status asks for all of them."
	case JSONShape:
		return "Write JSON by R4's rules: an element that may repeat is an array, of one too, and numbers and booleans have no quotes. Look for a converter from XML or a general serializer on the way."
	case CauseSilent:
		return "Read the parameter's values from every stored record again (build its index anew), or take it out of the CapabilityStatement."
	default:
		return ""
	}
}
