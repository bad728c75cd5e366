package proof

import (
	"net/url"
	"slices"
	"strings"
)

// quietOperators are what a server does that says in its self link that it looked for what was asked, and looked for something else: the link
// of many a server is the question as it came. Only answers in which something else is found are altered.
func quietOperators() []operator {
	quiet := func(name string, fits func(name string, values []string) bool, left func(name string, values []string) []string) operator {
		return operator{name: name, answer: func(d *draw, q *question) *generated {
			g := d.passedOver(q, fits, left)
			if g != nil {
				g.quietly = true
			}
			return g
		}}
	}
	each := func(change func(string) string) func(string, []string) []string {
		return func(_ string, values []string) []string {
			var changed []string
			for _, value := range values {
				changed = append(changed, change(value))
			}
			return changed
		}
	}
	anyOf := func(fits func(string) bool) func(string, []string) bool {
		return func(name string, values []string) bool { return narrows(name) && slices.ContainsFunc(values, fits) }
	}
	strict := map[string]string{"ge": "gt", "le": "lt", "gt": "ge", "lt": "le"}
	return []operator{
		quiet("parameter passed over quietly", func(name string, _ []string) bool {
			base, _, _ := strings.Cut(name, ".")
			return narrows(name) && base != "patient" && base != "subject"
		}, func(string, []string) []string { return nil }),
		quiet("all but the first of several values passed over quietly", anyOf(func(value string) bool { return strings.Contains(value, ",") }), each(func(value string) string {
			first, _, _ := strings.Cut(value, ",")
			return first
		})),
		quiet("repetition passed over quietly", func(name string, values []string) bool { return narrows(name) && len(values) > 1 }, func(_ string, values []string) []string {
			return values[len(values)-1:]
		}),
		quiet("end of a range taken in or left out quietly", anyOf(prefixed), each(func(value string) string {
			if prefixed(value) && strict[value[:2]] != "" {
				return strict[value[:2]] + value[2:]
			}
			return value
		})),
		quiet("time of a search taken for its day quietly", anyOf(func(value string) bool { return prefixed(value) && strings.Contains(value, "T") }), each(func(value string) string {
			day, _, _ := strings.Cut(value, "T")
			return day
		})),
		quiet("zone of a search passed over quietly", anyOf(func(value string) bool { return prefixed(value) && strings.Contains(value, "+") }), each(func(value string) string {
			time, _, _ := strings.Cut(value, "+")
			return time + "Z"
		})),
		quiet("code system of a search passed over quietly", anyOf(func(value string) bool { return strings.Contains(value, "|") }), each(func(value string) string {
			_, code, _ := strings.Cut(value, "|")
			return code
		})),
		{name: "modifier passed over quietly", answer: func(d *draw, q *question) *generated {
			g := d.passedOver(q, func(name string, _ []string) bool { return modified(name) }, func(string, []string) []string { return nil })
			if g == nil {
				return nil
			}
			resourceType, _ := q.asks()
			_, name, _ := strings.Cut(g.mutant.Record, "?")
			g.quietly = true
			g.ask = func(of string, asked url.Values) bool {
				if of != resourceType || !asked.Has(name) {
					return false
				}
				plain, _, _ := strings.Cut(name, ":")
				asked[plain] = append(asked[plain], asked[name]...)
				delete(asked, name)
				return true
			}
			return g
		}},
	}
}

// modified reports whether a parameter has a modifier that turns what it finds, and without which its value can be read as well.
func modified(name string) bool {
	base, modifier, _ := strings.Cut(name, ":")
	return base != "" && slices.Contains([]string{"not", "exact", "contains"}, modifier) && searchable(base)
}

// searchable reports whether a name could be that of a parameter, and not of one that shapes the answer.
func searchable(name string) bool {
	return !strings.HasPrefix(name, "_") && !strings.Contains(name, ".")
}
