package reports

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// foremost is what is told first: the first cause, or, where that only warns and something that must be shown was not, why it was not: what a
// system answered that refused or failed to, before all else. It is "" where there is neither.
func (o overview) foremost() string {
	if len(o.causes.Causes) > 0 && o.causes.Causes[0].Fails {
		return o.says(o.causes.Causes[0])
	}
	open := map[result.Reason][]result.Result{}
	var most, all []result.Result
	for _, r := range o.run.Results {
		if r.Level != result.Must || r.Status != result.Error && r.Status != result.NotRun {
			continue
		}
		all = append(all, r)
		switch r.Reason {
		case result.NotAllowed, result.Unreachable, result.Throttled:
			open[r.Reason] = append(open[r.Reason], r)
			if len(open[r.Reason]) > len(most) {
				most = open[r.Reason]
			}
		default:
		}
	}
	switch {
	case len(most) > 1:
		return fmt.Sprintf("%s rest on what was not answered. %sThe first: %s", plural(len(most), "result", "results"), inCommon(most), why(most[0]))
	case len(o.causes.Causes) > 0 && len(all) == 1:
		return fmt.Sprintf("Not demonstrated: %s, %s", all[0].Check, why(all[0]))
	case len(o.causes.Causes) > 0 && len(all) > 1:
		return fmt.Sprintf("Not demonstrated: %s. The first, %s: %s", plural(len(all), "result", "results"), all[0].Check, why(all[0]))
	case len(o.causes.Causes) > 0:
		return o.says(o.causes.Causes[0])
	default:
		return ""
	}
}

// leastInCommon is of how many results it is told that they asked about the same.
const leastInCommon = 3

// inCommon says what the questions were about that results rest on, where all of them, or nearly all, are about one type or one person; "" otherwise.
func inCommon(open []result.Result) string {
	types, people := map[string]int{}, map[string]int{}
	for _, r := range open {
		resourceType, person := questionIn(why(r))
		types[resourceType]++
		people[person]++
	}
	for _, c := range []struct {
		what  string
		of    string
		count map[string]int
	}{{"asked about one person, Patient/", "", people}, {"asked for ", " records", types}} {
		for name, n := range c.count {
			switch {
			case name == "" || n < leastInCommon || 10*n < 9*len(open):
			case n == len(open):
				return "All of them " + c.what + name + c.of + ". "
			default:
				return fmt.Sprintf("%d of them %s%s%s. ", n, c.what, name, c.of)
			}
		}
	}
	return ""
}

var (
	// questionURL is a request that a sentence quotes.
	questionURL = regexp.MustCompile(`https?://[^\s"]+`)
	// typeStep is a step of a path that is a type of resource.
	typeStep = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)
)

// questionIn is the type and the id of the person that the request asks about that a sentence quotes; "" for what it does not say.
func questionIn(sentence string) (asked, person string) {
	address, err := url.Parse(questionURL.FindString(sentence))
	if err != nil {
		return "", ""
	}
	steps := strings.Split(address.Path, "/")
	for i, step := range slices.Backward(steps) {
		if !typeStep.MatchString(step) {
			continue
		}
		asked = step
		if asked == "Patient" && i+1 < len(steps) {
			person = steps[i+1]
		}
		break
	}
	query := address.Query()
	person = cmp.Or(query.Get("patient"), query.Get("subject"), person)
	return asked, person[strings.LastIndexByte(person, '/')+1:]
}
