package result

import "strings"

// Severity is how bad one finding is, in the words of FHIR's IssueSeverity value set.
type Severity string

const (
	// Fatal says that the content could not be read at all.
	Fatal Severity = "fatal"
	// SeverityError says that a rule was broken.
	SeverityError Severity = "error"
	// SeverityWarning says that something is probably wrong or only recommended against.
	SeverityWarning Severity = "warning"
	// Information tells the reader something that is not a fault.
	Information Severity = "information"
)

// Rank orders severities: fatal 4, error 3, warning 2, information 1, anything else 0.
func (s Severity) Rank() int {
	switch s {
	case Fatal:
		return 4
	case SeverityError:
		return 3
	case SeverityWarning:
		return 2
	case Information:
		return 1
	default:
		return 0
	}
}

// Finding is one thing that is wrong, in one place, for one reason.
type Finding struct {
	// Rule is the stable name of the rule, for example "fhir-cardinality" or an invariant key such as "ukcore-imm-001".
	Rule string `json:"rule"`
	// Severity is fatal, error, warning or information.
	Severity Severity `json:"severity"`
	// Code is the OperationOutcome issue type (http://hl7.org/fhir/ValueSet/issue-type), empty outside resource validation.
	Code string `json:"code,omitempty"`
	// Path is a FHIRPath expression that locates the fault, for example "Patient.name[0].family"; empty for a whole answer.
	Path string `json:"path,omitempty"`
	// Line and Column locate the fault in the JSON text, counted from 1; 0 where there is no text.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Message is one sentence that says what is wrong and, where it can, what to do.
	Message string `json:"message"`
	// Cause says why the answer differs from the right one; empty where the finding is about no difference.
	Cause Cause `json:"cause,omitempty"`
	// Hazard says in one sentence what a clinician would not see or would see wrongly: with this finding's own numbers, or in
	// the words of the check.
	Hazard string `json:"hazard,omitempty"`
	// Requirement is the id of the rule that is broken: the row of the search contract that asks for it, or the first rule of
	// the check. Level is how strongly it is worded.
	Requirement string `json:"requirement,omitempty"`
	Level       Level  `json:"level,omitempty"`
	// Query is the smallest question that still shows the fault, as a curl line without credentials, and PeerQuery the
	// same question to the system it was compared with.
	Query     string `json:"query,omitempty"`
	PeerQuery string `json:"peerQuery,omitempty"`
	// Expected and Actual are what the rule asks for and what was seen, short enough to print on a line.
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	// Profile is the canonical URL of the profile that the rule comes from, Element the id of its element.
	Profile string `json:"profile,omitempty"`
	Element string `json:"element,omitempty"`
	// Waiver is the id of the published defect, or of the accepted failure, that excuses the finding; empty for every other.
	Waiver string `json:"waiver,omitempty"`
	// Occurrences is how often the same was found, where one finding stands for many; 0 where it stands for itself.
	Occurrences int `json:"occurrences,omitempty"`
	// Camps are what more than two systems say of the record that the finding is about: those that say the same stand together.
	// Empty where fewer were compared, or all say the same.
	Camps Camps `json:"camps,omitempty"`
	// Exchanges are the ids of the recorded exchanges that show the fault, in the order they were made.
	Exchanges []string `json:"exchanges,omitempty"`
}

// WorstSeverity returns the highest severity among the findings that no waiver excuses, or "" when there are none.
func WorstSeverity(findings []Finding) Severity {
	var worst Severity
	for _, f := range findings {
		if f.Waiver == "" && f.Severity.Rank() > worst.Rank() {
			worst = f.Severity
		}
	}
	return worst
}

// CompareFindings orders findings by place in the text, then path, rule, message and evidence. It is a total order over
// every field, so sorting with it makes output reproducible.
func CompareFindings(a, b Finding) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	if a.Column != b.Column {
		return a.Column - b.Column
	}
	for _, pair := range [...][2]string{
		{a.Path, b.Path},
		{a.Rule, b.Rule},
		{a.Message, b.Message},
		{a.Expected, b.Expected},
		{a.Actual, b.Actual},
		{string(a.Severity), string(b.Severity)},
		{a.Code, b.Code},
		{a.Profile, b.Profile},
		{a.Element, b.Element},
		{string(a.Cause), string(b.Cause)},
		{a.Hazard, b.Hazard},
		{a.Requirement, b.Requirement},
		{string(a.Level), string(b.Level)},
		{a.Query, b.Query},
		{a.PeerQuery, b.PeerQuery},
		{a.Waiver, b.Waiver},
		{a.Camps.String(), b.Camps.String()},
		{strings.Join(a.Exchanges, " "), strings.Join(b.Exchanges, " ")},
	} {
		if c := strings.Compare(pair[0], pair[1]); c != 0 {
			return c
		}
	}
	return 0
}
