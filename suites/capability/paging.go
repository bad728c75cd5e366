package capability

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// long is a search whose answer has more than one page: of the type, about the Patient.
type long struct {
	resourceType string
	parameters   url.Values
	first        *exchange.Exchange
	bundle       fhir.Resource
	// whole says of a search whose answer has more matches on its only page than were asked for; "" where none has.
	whole string
}

// pagedTypes are the types of which people have many.
func pagedTypes() []string {
	return []string{"Observation", "Encounter", "Condition", "MedicationRequest", "DiagnosticReport", "Immunization"}
}

// severalPages finds a search about one person whose answer has several pages of two.
func severalPages(ctx context.Context, env *check.Env) (long, error) {
	type key struct{ system, what string }
	found, err := env.Shared.Do(ctx, key{env.System.Name, "several pages"}, func(ctx context.Context) (any, error) {
		byID, err := pagesAs(ctx, env, func(id string) string { return id })
		if err != nil || byID.first != nil {
			return byID, err
		}
		if env.System.IDAlone(ctx) != nil {
			if byType, err := pagesAs(ctx, env, func(id string) string { return "Patient/" + id }); err != nil || byType.first != nil {
				return byType, err
			}
		}
		if byID.whole != "" {
			return nil, &check.Inconclusive{Reason: result.NotOffered, Owed: true, Detail: fmt.Sprintf(
				"%s answers %s, so that no page follows another; whether it may, PAR-PAGE-001 says", env.System.Name, byID.whole)}
		}
		return nil, check.NoData("%s answers no search about one of the people of the sample on more than one page of two. %s", env.System.Name, env.Remedy())
	})
	if err != nil {
		return long{}, err
	}
	search, _ := found.(long)
	return search, nil
}

// pagesAs is severalPages with a patient's id as it is written; nothing of it where there is no such search.
func pagesAs(ctx context.Context, env *check.Env, patientAs func(id string) string) (long, error) {
	declares, whole := env.System.Declares(ctx), ""
	for i, person := range record.Sample(env.Ledger) {
		if i >= askedPeople {
			break
		}
		shown, err := record.Find(ctx, env.System, person.NHSNumber)
		if err != nil {
			return long{}, err
		}
		for _, patient := range shown.Patients {
			for _, resourceType := range pagedTypes() {
				if !declares.Parameter(resourceType, "patient") {
					continue // what is not declared need not be applied, nor be in a link
				}
				parameters := url.Values{"patient": {patientAs(patient.ID())}, "_count": {"2"}}
				got, err := get(ctx, env, resourceType+"?"+parameters.Encode())
				if err != nil {
					return long{}, err
				}
				bundle := resourceOf(got)
				if got.Succeeded() && fhir.Link(bundle, "next") != "" {
					return long{resourceType: resourceType, parameters: parameters, first: got, bundle: bundle}, nil
				}
				if n := len(idsOf(bundle)); whole == "" && got.Succeeded() && n > 2 {
					whole = fmt.Sprintf("%s?%s with %d matches on one page, although two were asked for", resourceType, parameters.Encode(), n)
				}
			}
		}
	}
	return long{whole: whole}, nil
}

// idsOf are the references of the matches of a page, in their order.
func idsOf(bundle fhir.Resource) []string {
	var ids []string
	for _, entry := range fhir.Entries(bundle) {
		if entry.Mode == "" || entry.Mode == "match" {
			ids = append(ids, entry.Resource.Reference())
		}
	}
	return ids
}

// sameAgain follows a next link twice.
func sameAgain(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	search, err := severalPages(ctx, env)
	if err != nil {
		return nil, err
	}
	next := fhir.Link(search.bundle, "next")
	if !env.System.Within(next) {
		return nil, check.NoData("%s links from the first page of %s to another system, to which nothing is sent", env.System.Name, search.resourceType)
	}
	first, err := get(ctx, env, next)
	if err != nil {
		return nil, err
	}
	if err := unavailable(env, first); err != nil {
		return nil, err
	}
	env.Afresh()
	second, err := get(ctx, env, next)
	if err != nil {
		return nil, err
	}
	if !first.Succeeded() || second.Status == http.StatusGone || second.Status == http.StatusNotFound {
		return nil, nil // a page may expire; that there is none at all, other checks say
	}
	before, after := idsOf(resourceOf(first)), idsOf(resourceOf(second))
	if slices.Equal(before, after) {
		return otherTotal(env, search, first), nil
	}
	finding := wrong(env, second, "paging-page-moves", fmt.Sprintf("%s shows other results when the second page of %s is opened again", env.System.Name, search.resourceType),
		strings.Join(before, ", "), orNone(strings.Join(after, ", ")))
	finding.Exchanges = []string{first.ID, second.ID}
	finding.Cause = result.PageDrift
	return []result.Finding{finding}, nil
}

// otherTotal warns of a second page that states another total than the first one does. A page need not state one.
func otherTotal(env *check.Env, search long, second *exchange.Exchange) []result.Finding {
	before, after := search.bundle.Text("total"), resourceOf(second).Text("total")
	if before == "" || after == "" || before == after {
		return nil
	}
	f := wrong(env, second, "paging-total-moves", fmt.Sprintf("%s states another total on the second page of %s than on the first", env.System.Name, search.resourceType), "total "+before, "total "+after)
	f.Severity, f.Cause, f.Exchanges = result.SeverityWarning, result.WrongTotal, []string{search.first.ID, second.ID}
	return []result.Finding{f}
}

// pagesAfterPost searches by POST, looks at the self link and follows the next link.
func pagesAfterPost(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	search, err := severalPages(ctx, env)
	if err != nil {
		return nil, err
	}
	got, err := env.System.Ask(ctx, exchange.Request{
		Method: http.MethodPost, URL: search.resourceType + "/_search", ContentType: "application/x-www-form-urlencoded", Body: search.parameters.Encode(),
	})
	if err != nil {
		return nil, err
	}
	if err := unavailable(env, got); err != nil {
		return nil, err
	}
	bundle := resourceOf(got)
	if !got.Succeeded() || bundle.Type() != "Bundle" {
		return nil, check.NoData("%s does not answer a search by POST with a Bundle (status %d)", env.System.Name, got.Status)
	}
	var findings []result.Finding
	say := func(got *exchange.Exchange, rule, message, expected, actual string) {
		f := wrong(env, got, rule, message, expected, actual)
		f.Query = env.System.CurlPost(search.resourceType, search.parameters)
		findings = append(findings, f)
	}
	if self := fhir.Link(bundle, "self"); !strings.Contains(self, "patient") {
		say(got, "paging-self-after-post", fmt.Sprintf("the self link of a search by POST for %s does not say what was applied", search.resourceType), "self with patient", orNone(self))
	}
	next := fhir.Link(bundle, "next")
	if next == "" {
		say(got, "paging-next-after-post", fmt.Sprintf("a search by POST for %s has no next link, and the same search by GET has", search.resourceType), "a next link", "none")
		return findings, nil
	}
	if !env.System.Within(next) {
		say(got, check.RuleLinkElsewhere, fmt.Sprintf("the next link of a search by POST for %s leads to another system, to which nothing is sent", search.resourceType), "a link below the system's own base URL", next)
		findings[len(findings)-1].Cause = result.LinkElsewhere
		return findings, nil
	}
	page, err := get(ctx, env, next)
	if err != nil {
		return findings, err
	}
	if page.Status == http.StatusGone {
		return findings, nil // a page may expire
	}
	if !page.Succeeded() || resourceOf(page).Text("type") != "searchset" {
		say(page, "paging-next-after-post", fmt.Sprintf("the next link of a search by POST for %s leads to no page", search.resourceType), "status 200 and a searchset", fmt.Sprintf("status %d at %s", page.Status, next))
	}
	return findings, nil
}

// absoluteLinks looks at the links of a searchset.
func absoluteLinks(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	search, err := severalPages(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, item := range search.bundle.Objects("link") {
		link := fhir.Text(item["url"])
		if u, err := url.Parse(link); err != nil || !u.IsAbs() {
			findings = append(findings, wrong(env, search.first, "paging-link-relative", fmt.Sprintf("%s writes the %s link of a searchset without the server", env.System.Name, fhir.Text(item["relation"])), "an absolute URL", link))
		}
	}
	return findings, nil
}

// tiesKeepOrder reads a sorted search in pages of two sizes and compares the order.
func tiesKeepOrder(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	search, err := severalPages(ctx, env)
	if err != nil {
		return nil, err
	}
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	by := ""
	for _, code := range []string{"date", "recorded-date", "authoredon"} {
		if searchable(offer(statement, search.resourceType), code) {
			by = code
			break
		}
	}
	if by == "" {
		return nil, notOffered(env, "a date of "+search.resourceType+" to sort by")
	}
	var (
		orders [2][]string
		asked  [2]*check.Answer
	)
	for i, count := range []string{"7", "10"} {
		parameters := url.Values{"patient": search.parameters["patient"], "_sort": {by}, "_count": {count}}
		asked[i], err = env.System.Search(ctx, search.resourceType, parameters)
		if refused := (*check.BrokenAnswer)(nil); errors.As(err, &refused) && refused.Unsupported() {
			return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " refuses to sort, and need not offer it"}
		}
		if err != nil {
			return nil, err
		}
		for _, resource := range asked[i].Resources() {
			orders[i] = append(orders[i], resource.Reference())
		}
	}
	if slices.Equal(orders[0], orders[1]) {
		for _, answer := range asked {
			if i := slices.IndexFunc(answer.Totals, func(total int) bool { return total != answer.Totals[0] }); i > 0 {
				return []result.Finding{{
					Rule: "paging-total-moves", Severity: result.SeverityWarning, Cause: result.WrongTotal, Query: answer.Curl(), Exchanges: answer.Exchanges,
					Message:  fmt.Sprintf("%s states another total on a later page of %s than on the first", env.System.Name, search.resourceType),
					Expected: fmt.Sprintf("total %d", answer.Totals[0]), Actual: fmt.Sprintf("total %d", answer.Totals[i]),
				}}, nil
			}
		}
	}
	if slices.Equal(orders[0], orders[1]) || len(orders[0]) != len(orders[1]) {
		return nil, nil // what is lost or repeated, other checks say
	}
	at := 0
	for orders[0][at] == orders[1][at] {
		at++
	}
	return []result.Finding{{
		Rule: "paging-ties-move", Severity: result.SeverityWarning, Cause: result.PageDrift, Query: asked[1].Curl(), Exchanges: slices.Concat(asked[0].Exchanges, asked[1].Exchanges),
		Message:  fmt.Sprintf("%s sorts %s by %s in another order when pages have another size, so that turning a page can lose results of one date", env.System.Name, search.resourceType, by),
		Expected: orders[0][at] + " in place " + fmt.Sprint(at+1), Actual: orders[1][at],
	}}, nil
}
