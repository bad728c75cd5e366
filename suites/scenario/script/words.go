package script

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// placeholder is ${...} in a parameter, a header or an expected value.
var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// personWords are what ${person...} may ask for.
func personWords() []string {
	return []string{"nhsNumber", "id", "family", "given", "gender", "birthDate", "deceased", "address", "town", "postcode", "practice", "phone"}
}

// factWords are what ${this...} and ${fact.LABEL...} may ask for.
func factWords() []string {
	return []string{"identifier", "code", "display", "status", "verification", "effective", "end", "source", "label", "value", "unit", "title", "review", "phone"}
}

// check notes the placeholders of a text that mean nothing.
func (p *reader) placeholders(n node) {
	for _, match := range placeholder.FindAllStringSubmatch(n.text, -1) {
		word := match[1]
		subject, rest, _ := strings.Cut(word, ".")
		switch {
		case subject == "person" && slices.Contains(personWords(), rest):
		case subject == "this" && slices.Contains(factWords(), rest):
		case subject == "story" && (p.story == nil || slices.Contains(p.story.Values(), rest)):
		case subject == "fact":
			label, ask := cutLast(rest)
			if !slices.Contains(factWords(), ask) {
				p.fault(n, "${%s} asks for %q, which is none of %s", word, ask, strings.Join(factWords(), ", "))
			} else {
				p.label(node{line: n.line, column: n.column, text: label})
			}
		default:
			if _, err := backwards(word); err != nil {
				p.fault(n, "${%s} means nothing; write person, this, story or fact with a dot and a word, or clock-7d", word)
			}
		}
	}
}

// cutLast cuts at the last dot, because labels may hold dots.
func cutLast(text string) (before, after string) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 {
		return "", text
	}
	return text[:i], text[i+1:]
}

// backwards reads "clock" or "clock-7d", "clock-3h": how long before the ledger's clock.
func backwards(word string) (time.Duration, error) {
	rest, ok := strings.CutPrefix(word, "clock")
	if ok && rest == "" {
		return 0, nil
	}
	rest, minus := strings.CutPrefix(rest, "-")
	if !ok || !minus || len(rest) < 2 {
		return 0, fmt.Errorf("%q is not a time", word)
	}
	n, err := strconv.Atoi(rest[:len(rest)-1])
	if err != nil || n < 0 || n > 100_000 {
		return 0, fmt.Errorf("%q is not a number of days or hours", word)
	}
	switch rest[len(rest)-1] {
	case 'd':
		return time.Duration(n) * 24 * time.Hour, nil
	case 'h':
		return time.Duration(n) * time.Hour, nil
	default:
		return 0, fmt.Errorf("%q counts neither days (d) nor hours (h)", word)
	}
}

// fill replaces the placeholders of a text. this is the fact that a step looks at, nil where there is none.
func (t *telling) fill(text string, person fixtures.Person, this *fixtures.Fact) (string, error) {
	var failed error
	filled := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		word := match[2 : len(match)-1]
		value, err := t.word(word, person, this)
		if err != nil && failed == nil {
			failed = fmt.Errorf("${%s}: %w", word, err)
		}
		return value
	})
	return filled, failed
}

func (t *telling) word(word string, person fixtures.Person, this *fixtures.Fact) (string, error) {
	subject, rest, _ := strings.Cut(word, ".")
	switch subject {
	case "person":
		return personWord(person, rest), nil
	case "this":
		if this == nil {
			return "", fmt.Errorf("the step is not about facts, so there is no \"this\"")
		}
		return t.factWord(*this, rest), nil
	case "story":
		value := t.story.Value(rest)
		if value == "" {
			return "", fmt.Errorf("story %s has no value %q", t.story.ID, rest)
		}
		return value, nil
	case "fact":
		label, ask := cutLast(rest)
		fact, ok := t.story.Fact(label)
		if !ok {
			return "", fmt.Errorf("story %s has no label %q", t.story.ID, label)
		}
		return t.factWord(fact, ask), nil
	default:
		ago, err := backwards(word)
		return t.env.Ledger.Now().Add(-ago).UTC().Format(time.RFC3339), err
	}
}

func personWord(p fixtures.Person, word string) string {
	switch word {
	case "nhsNumber":
		return p.NHSNumber
	case "id":
		return p.ID
	case "family":
		return p.Family
	case "given":
		return p.Given[0]
	case "gender":
		return p.Gender
	case "birthDate":
		return p.BirthDate
	case "deceased":
		return p.Deceased
	case "address":
		return p.Address.Line
	case "town":
		return p.Address.Town
	case "postcode":
		return p.Address.Postcode
	case "practice":
		return p.Practice
	case "phone":
		return p.Phone
	default:
		return ""
	}
}

func (t *telling) factWord(f fixtures.Fact, word string) string {
	var first fixtures.Coding
	if len(f.Code.Coding) > 0 {
		first = f.Code.Coding[0]
	}
	switch word {
	case "identifier":
		return f.Identifier.Token()
	case "code":
		return first.System + "|" + first.Code
	case "display":
		return first.Display
	case "status":
		return f.Status
	case "verification":
		return f.Verification
	case "effective":
		return f.Effective
	case "end":
		return f.End
	case "source":
		return f.Source
	case "label":
		return fixtures.SourceLabel(t.env.Ledger.System(f.Source))
	case "value":
		return f.Value.Value
	case "unit":
		return f.Value.Unit
	case "title":
		return titleOf(f)
	case "review":
		if f.Plan != nil {
			return f.Plan.Review
		}
	case "phone":
		if f.Relation != nil {
			return f.Relation.Phone
		}
	}
	return ""
}

func titleOf(f fixtures.Fact) string {
	switch {
	case f.Document != nil:
		return f.Document.Title
	case f.Plan != nil:
		return f.Plan.Title
	default:
		return f.Code.Text
	}
}

// same compares two values as a reader would: numbers by what they are worth, instants by when they are.
func same(a, b string) bool {
	if a == b {
		return true
	}
	left, leftErr := time.Parse(time.RFC3339Nano, a)
	right, rightErr := time.Parse(time.RFC3339Nano, b)
	if leftErr == nil && rightErr == nil {
		return left.Equal(right)
	}
	return false
}

// textsIn returns every text in a resource, and what its attachments hold.
func textsIn(value any, yield func(string)) {
	switch value := value.(type) {
	case fhir.Resource:
		textsIn(map[string]any(value), yield)
	case map[string]any:
		for key, part := range value {
			if text, ok := part.(string); ok && key == "data" {
				yield(decoded(text))
				continue
			}
			textsIn(part, yield)
		}
	case []any:
		for _, part := range value {
			textsIn(part, yield)
		}
	case string:
		yield(value)
	}
}

// squeezed is a text without spaces and capitals, so that "WR99 7ZZ" and "wr997zz" are the same.
func squeezed(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(text), ""))
}
