package script

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
)

// see is the then step that wants facts to be shown as they were recorded: with nothing beside them when only is set.
type see struct {
	what *selector
	only bool
}

func (s *see) do(ctx context.Context, t *telling) ([]result.Finding, error) {
	var findings []result.Finding
	expected := 0
	for _, v := range t.views {
		facts, err := t.facts(s.what, v.person)
		if err != nil {
			return nil, err
		}
		expected += len(facts)
		shown, err := record.WithMedicines(ctx, t.env.System, v.resources)
		if err != nil {
			return findings, err
		}
		for _, difference := range explain.Alone(record.OracleOf(t.env).Compare(v.person, facts, shown, nil), t.env.Now) {
			if difference.Kind == record.Extra && !s.only {
				continue
			}
			f := difference.Finding(v.exchanges)
			if resourceType, _, _ := strings.Cut(f.Path, "."); f.Query == "" {
				f.Query = v.curl(resourceType)
			}
			findings = append(findings, f)
		}
	}
	if expected == 0 && !s.only {
		return nil, fmt.Errorf("line %d: the golden ledger holds nothing that %s names, so there is nothing to see", s.what.line, s.what)
	}
	return findings, nil
}

// notSee is the then step that wants facts not to be shown.
type notSee struct{ what *selector }

func (s *notSee) do(_ context.Context, t *telling) ([]result.Finding, error) {
	var findings []result.Finding
	for _, v := range t.views {
		facts, err := t.facts(s.what, v.person)
		if err != nil {
			return nil, err
		}
		for _, pair := range record.TruthOf(t.env).Match(facts, v.resources) {
			findings = append(findings, v.problem("must-not-be-shown", pair.Resource.Type(),
				fmt.Sprintf("%s is shown, and must not be (%s)", pair.Resource.Reference(), s.what), "not shown", pair.Resource.Reference()))
		}
	}
	return findings, nil
}

// count is the then step that counts resources.
type count struct {
	what        *selector
	least, most int
}

// unbounded is more than any answer holds.
const unbounded = 1 << 30

func (c *count) do(ctx context.Context, t *telling) ([]result.Finding, error) {
	var findings []result.Finding
	for _, v := range t.views {
		found, _, err := t.look(ctx, c.what, v)
		if err != nil {
			return nil, err
		}
		if len(found) >= c.least && len(found) <= c.most {
			continue
		}
		wanted := fmt.Sprint(c.least)
		switch {
		case c.most == unbounded:
			wanted = "at least " + wanted
		case c.least != c.most:
			wanted = fmt.Sprintf("%d to %d", c.least, c.most)
		}
		findings = append(findings, v.problem("count", strings.Join(c.what.types, " and "),
			fmt.Sprintf("%d of %s are shown, want %s", len(found), c.what, wanted), wanted, fmt.Sprint(len(found))))
	}
	return findings, nil
}

// value is the then step that looks at an element of each resource.
type value struct {
	what *selector
	path string
	// is are the values it must have, all of them and no other; in are those that each may have; not those that none may
	// have; has is one that must be among them.
	is, in, not []string
	has         string
	// exists is "true" when there must be a value, "false" when there must be none, and "" otherwise.
	exists string
}

func (a *value) do(ctx context.Context, t *telling) ([]result.Finding, error) {
	var findings []result.Finding
	for _, v := range t.views {
		found, missing, err := t.look(ctx, a.what, v)
		if err != nil {
			return nil, err
		}
		for _, fact := range missing {
			findings = append(findings, v.lacks(fact))
		}
		if len(found)+len(missing) == 0 && !a.what.aboutFacts() {
			findings = append(findings, v.problem("not-shown", strings.Join(a.what.types, " and "), fmt.Sprintf("no %s is shown", a.what), a.what.String(), "none"))
		}
		for _, one := range found {
			finding, err := a.judge(ctx, t, one)
			if err != nil {
				return nil, err
			}
			findings = append(findings, finding...)
		}
	}
	return findings, nil
}

func (a *value) judge(ctx context.Context, t *telling, one shown) ([]result.Finding, error) {
	resource, err := one.view.identified(ctx, record.TruthOf(t.env), a.path, one.Resource)
	if err != nil {
		return nil, err
	}
	actual, err := t.env.Judge.Evaluate(ctx, a.path, resource)
	if err != nil {
		return nil, fmt.Errorf("line %d: path %q: %w", a.what.line, a.path, err)
	}
	var this *fixtures.Fact
	if one.Fact.ID != "" {
		this = &one.Fact
	}
	fill := func(texts []string) ([]string, error) {
		filled := make([]string, 0, len(texts))
		for _, text := range texts {
			value, err := t.fill(text, one.view.person, this)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", a.what.line, err)
			}
			filled = append(filled, value)
		}
		return filled, nil
	}
	wrong := func(expected string) []result.Finding {
		shown := strings.Join(actual, ", ")
		if shown == "" {
			shown = "nothing"
		}
		return []result.Finding{one.view.problem("value", one.Resource.Type()+"."+a.path,
			fmt.Sprintf("%s: %s is %s, want %s", one.name(), a.path, shown, expected), expected, shown)}
	}
	holds := func(list []string, text string) bool {
		return slices.ContainsFunc(list, func(candidate string) bool {
			return same(candidate, text) || strings.HasSuffix(a.path, "telecom.value") && record.SameNumber(candidate, text)
		})
	}
	switch {
	case a.exists == "true" && len(actual) == 0:
		return wrong("a value"), nil
	case a.exists == "false" && len(actual) > 0:
		return wrong("nothing"), nil
	case a.exists != "":
		return nil, nil
	}
	wanted, err := fill(slices.Concat(a.is, a.in, a.not, nonEmpty(a.has)))
	if err != nil {
		return nil, err
	}
	switch {
	case a.is != nil:
		if len(actual) != len(wanted) || slices.ContainsFunc(wanted, func(w string) bool { return !holds(actual, w) }) {
			return wrong(strings.Join(wanted, " and ")), nil
		}
	case a.in != nil:
		if len(actual) == 0 || slices.ContainsFunc(actual, func(text string) bool { return !holds(wanted, text) }) {
			return wrong("one of " + strings.Join(wanted, ", ")), nil
		}
	case a.not != nil:
		if slices.ContainsFunc(actual, func(text string) bool { return holds(wanted, text) }) {
			return wrong("anything but " + strings.Join(wanted, ", ")), nil
		}
	default:
		if !holds(actual, wanted[0]) {
			return wrong(wanted[0] + " among them"), nil
		}
	}
	return nil, nil
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// absent is the then step that wants words to be nowhere in what was shown: in no element, narrative or document.
type absent struct{ texts []string }

func (a *absent) do(_ context.Context, t *telling) ([]result.Finding, error) {
	var findings []result.Finding
	for _, v := range t.views {
		for _, text := range a.texts {
			word, err := t.fill(text, v.person, nil)
			if err != nil {
				return nil, err
			}
			if squeezed(word) == "" {
				return nil, fmt.Errorf("%q is empty for this person, so looking for it would find nothing", text)
			}
			for _, resource := range v.everythingShown() {
				leaks := false
				textsIn(resource, func(text string) { leaks = leaks || strings.Contains(squeezed(text), squeezed(word)) })
				if leaks {
					findings = append(findings, v.problem("must-be-nowhere", resource.Type(),
						fmt.Sprintf("%s says %q, which must be nowhere", resource.Reference(), word), "nowhere", resource.Reference()))
				}
			}
		}
	}
	return findings, nil
}

// outcome is the then step that wants a warning among the answers, or none.
type outcome struct {
	code   string
	naming string
	none   bool
}

// suppressed is the issue type that says that something is withheld.
const suppressed = "suppressed"

func (o *outcome) do(_ context.Context, t *telling) ([]result.Finding, error) {
	var findings []result.Finding
	for _, v := range t.views {
		if o.code == suppressed && !o.none && t.env.Policy.For(v.endpoint.Name).Masking == policy.Silent {
			continue // the parties have agreed that nothing says so
		}
		naming, err := t.fill(o.naming, v.person, nil)
		if err != nil {
			return nil, err
		}
		said := slices.ContainsFunc(v.outcomes, func(resource fhir.Resource) bool {
			return slices.ContainsFunc(resource.Objects("issue"), func(issue map[string]any) bool {
				if o.code != "" && fhir.Text(issue["code"]) != o.code {
					return false
				}
				named := naming == ""
				textsIn(issue, func(text string) { named = named || strings.Contains(text, naming) })
				return named
			})
		})
		if said != o.none {
			continue
		}
		what := strings.TrimSpace("a warning " + o.code)
		if naming != "" {
			what += " that names " + naming
		}
		switch {
		case o.none:
			findings = append(findings, v.problem("outcome", "OperationOutcome.issue", "the answer holds "+what, "none", what))
		case o.code == suppressed && naming == "":
			findings = append(findings, v.problem("outcome", "OperationOutcome.issue",
				"no entry of the answer says that something is withheld (where the parties agreed that nothing says so, the policy has masking: silent)", what, "none"))
		default:
			findings = append(findings, v.problem("outcome", "OperationOutcome.issue", "no entry of the answer is "+what, what, "none"))
		}
	}
	return findings, nil
}

// attachment is the then step that wants documents to be, byte for byte, what was written.
type attachment struct{ what *selector }

func (a *attachment) do(ctx context.Context, t *telling) ([]result.Finding, error) {
	var findings []result.Finding
	for _, v := range t.views {
		found, missing, err := t.look(ctx, a.what, v)
		if err != nil {
			return nil, err
		}
		for _, fact := range missing {
			findings = append(findings, v.lacks(fact))
		}
		for _, one := range found {
			if one.Fact.Document == nil {
				return nil, fmt.Errorf("line %d: %s is no document", a.what.line, one.name())
			}
			content, exchanges, err := bytesOf(ctx, v, one.Resource)
			if err != nil {
				return nil, err
			}
			v.exchanges = append(v.exchanges, exchanges...)
			findings = append(findings, one.compareDocument(content)...)
		}
	}
	return findings, nil
}

// compareDocument holds a document's bytes, and the hash that is stated for them, against the ledger.
func (s shown) compareDocument(content []byte) []result.Finding {
	const element = "DocumentReference.content.attachment"
	if content == nil {
		return []result.Finding{s.view.problem("attachment", element, s.name()+" has no content", s.Fact.Document.ContentType, "nothing")}
	}
	var findings []result.Finding
	expected, actual := s.Fact.Document.AttachmentHash(), fixtures.HashOf(content)
	if !bytes.Equal(content, s.Fact.Document.Attachment()) {
		findings = append(findings, s.view.problem("attachment", element,
			fmt.Sprintf("%s holds other bytes (%d) than were written (%d)", s.name(), len(content), len(s.Fact.Document.Attachment())), "SHA-1 "+expected, "SHA-1 "+actual))
	}
	if stated := s.Resource.Text("content", "attachment", "hash"); stated != "" && stated != expected {
		findings = append(findings, s.view.problem("attachment-hash", element+".hash", s.name()+" states another hash than that of what was written", expected, stated))
	}
	return findings
}

// bytesOf returns what the attachment holds: its data, or those of the Binary that it points to; nil for nothing.
func bytesOf(ctx context.Context, v *view, document fhir.Resource) ([]byte, []string, error) {
	data, exchanges := document.Text("content", "attachment", "data"), []string(nil)
	if url := document.Text("content", "attachment", "url"); data == "" && url != "" {
		if v.endpoint.Elsewhere(url) {
			return nil, nil, &check.Inconclusive{Reason: result.NotCheckable, Detail: fmt.Sprintf("%s keeps the content of %s at another address, to which nothing is sent", v.endpoint.Name, document.Reference())}
		}
		binary, got, err := v.endpoint.Read(ctx, url)
		if err != nil || binary == nil {
			return nil, nil, err
		}
		data, exchanges = binary.Text("data"), []string{got.ID}
	}
	if data == "" {
		return nil, exchanges, nil
	}
	content, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return []byte{}, exchanges, nil //nolint:nilerr // what is not base64 is not what was written, and compares so
	}
	return content, exchanges, nil
}

// agree is the then step that wants both systems to say the same about each person.
type agree struct {
	what *selector
	path string
}

func (a *agree) do(ctx context.Context, t *telling) ([]result.Finding, error) {
	type saying struct {
		view *view
		text string
	}
	said := map[string][]saying{}
	var findings []result.Finding
	for _, v := range t.views {
		found, _, err := t.look(ctx, a.what, v)
		if err != nil {
			return nil, err
		}
		var values []string
		for _, one := range found {
			items, err := t.env.Judge.Evaluate(ctx, a.path, one.Resource)
			if err != nil {
				return nil, fmt.Errorf("line %d: path %q: %w", a.what.line, a.path, err)
			}
			values = append(values, strings.Join(items, "+"))
		}
		slices.Sort(values)
		now := saying{v, strings.Join(slices.Compact(values), ", ")}
		if now.text == "" {
			now.text = "nothing"
		}
		for _, before := range said[v.person.ID] {
			if before.text != now.text {
				findings = append(findings, now.view.problem("same", strings.Join(a.what.types, " and ")+"."+a.path, fmt.Sprintf(
					"%s says %s and %s says %s", before.view.endpoint.Name, before.text, now.view.endpoint.Name, now.text), before.text, now.text))
			}
		}
		said[v.person.ID] = append(said[v.person.ID], now)
	}
	return findings, nil
}

// within is the then step that bounds how long an answer took, as measured from where Concord runs.
type within struct{ limit time.Duration }

func (w *within) do(_ context.Context, t *telling) ([]result.Finding, error) {
	var (
		findings []result.Finding
		unclear  error
	)
	for _, v := range t.views {
		if v.took <= 0 {
			return nil, check.NoData("nothing was timed, because the clock of the run stands still: run without a frozen clock")
		}
		if v.took > w.limit {
			findings = append(findings, v.problem("within", "", fmt.Sprintf("the answers of %s took longer than %s", v.endpoint.Name, w.limit),
				"at most "+w.limit.String(), v.took.String()))
		} else if v.took+v.held > w.limit && unclear == nil {
			unclear = check.TooClose(v.endpoint.Name, w.limit, v.held)
		}
	}
	if len(findings) == 0 {
		return nil, unclear
	}
	return findings, nil
}
