package check

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
)

// ownAddress is a base URL that a system gives as its own where it is asked at another one, as a server behind a gateway does.
type ownAddress struct {
	url string
	// literals finds the references below it in the text of an answer.
	literals *regexp.Regexp
	// met says that there were some.
	met atomic.Bool
}

// LearnAddresses reads from the statements of systems at which addresses they say that they are (CapabilityStatement.implementation.url).
// From then on a reference below that address is one to the system itself. It is not where another system of the run is asked, or gives as
// its own too: the same id would mean something else there. It comes before anything else is read.
func LearnAddresses(ctx context.Context, systems []*Endpoint) {
	given, times := make([]string, len(systems)), map[string]int{}
	for i, e := range systems {
		statement, _, err := e.Capabilities(ctx)
		if err != nil {
			continue // the checks that ask this system will say so
		}
		given[i] = strings.TrimRight(statement.Text("implementation", "url"), "/")
		times[given[i]]++
	}
	for i, e := range systems {
		url := given[i]
		if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") || times[url] > 1 || e.client.Owner(url) != "" {
			continue
		}
		e.own = &ownAddress{url: url, literals: regexp.MustCompile(
			`("reference"\s*:\s*")` + strings.ReplaceAll(regexp.QuoteMeta(url), "/", `\\?/`) + `\\?/`,
		)}
	}
}

// here is the text of an answer with the references by the system's own other address as those to where it is asked.
func (e *Endpoint) here(text string) string {
	if e.own == nil || !e.own.literals.MatchString(text) {
		return text
	}
	e.own.met.Store(true)
	text = e.own.literals.ReplaceAllString(text, "${1}"+strings.ReplaceAll(e.Base(), "$", "$$")+"/")
	e.client.Keeps(text)
	return text
}

// AskedElsewhere is a remark on a run in which the system wrote another address into its references; "" for every other.
func (e *Endpoint) AskedElsewhere() string {
	if e.own == nil || !e.own.met.Load() {
		return ""
	}
	return fmt.Sprintf("Its references lead to %s, which its CapabilityStatement gives as its own address, and not to %s, where it is asked. "+
		"They were taken for references to itself; a client that cannot reach that address cannot follow them.", e.own.url, e.Base())
}
