package result

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Parameter says how completely and how rightly a system answers searches by one parameter, or by several together.
type Parameter struct {
	// System is the system that was asked, Resource the type that was searched.
	System   string `json:"system"`
	Resource string `json:"resource"`
	// Parameter names the search parameters, joined by "+". The patient that narrows a search is left out.
	Parameter string `json:"parameter"`
	// Level is the strongest level at which the contract asks for it, Requirements the ids of its rows.
	Level        Level    `json:"level"`
	Requirements []string `json:"requirements"`
	// Asked counts searches, Wrong those whose answer was not the right one.
	Asked int `json:"asked"`
	Wrong int `json:"wrong"`
	// Expected counts the records that the answers were to hold, Returned those that they held, Right those of the returned
	// that were expected. Records that may be in an answer or not count nowhere.
	Expected int `json:"expected"`
	Returned int `json:"returned"`
	Right    int `json:"right"`
	// Precision is Right of Returned, Recall Right of Expected. The searches are a sample of those that could be asked, so
	// each has the 95 % Wilson interval of its share.
	Precision Share `json:"precision"`
	Recall    Share `json:"recall"`
	// Unasked says why nothing was asked; "" when something was.
	Unasked string `json:"unasked,omitempty"`
	// Declared says whether the CapabilityStatement names all of the parameters; nil where it could not be read, and in runs
	// of older builds.
	Declared *bool `json:"declared,omitempty"`
}

// Share is a part of a whole with the interval it lies in, all from 0 to 1 and rounded to four decimal places. It is
// [0, 1] around 0 when there is no whole.
type Share struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// ShareOf returns the share of part in whole with its 95 % Wilson score interval (E. B. Wilson, JASA 22, 1927).
func ShareOf(part, whole int) Share {
	if whole <= 0 || part < 0 || part > whole {
		return Share{High: 1}
	}
	const z = 1.959963984540054
	n, p := float64(whole), float64(part)/float64(whole)
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	round := func(x float64) float64 { return math.Round(min(max(x, 0), 1)*10000) / 10000 }
	share := Share{Value: round(p), Low: round(middle - half), High: round(middle + half)}
	if part < whole {
		// A share that is not the whole never reads as 1.
		share.Value = min(share.Value, 0.9999)
	}
	return share
}

// AddParameters adds up what was measured about the same parameter of the same system, and works out the shares. The
// result is in the order of system, resource and parameter.
func AddParameters(measured []Parameter) []Parameter {
	at := map[[3]string]int{}
	var sums []Parameter
	for _, m := range measured {
		name := [3]string{m.System, m.Resource, m.Parameter}
		i, known := at[name]
		if !known {
			at[name] = len(sums)
			m.Requirements = slices.Clone(m.Requirements)
			sums = append(sums, m)
			continue
		}
		sum := &sums[i]
		sum.Requirements = append(sum.Requirements, m.Requirements...)
		sum.Asked, sum.Wrong = sum.Asked+m.Asked, sum.Wrong+m.Wrong
		sum.Expected, sum.Returned, sum.Right = sum.Expected+m.Expected, sum.Returned+m.Returned, sum.Right+m.Right
		sum.Level = strongest(sum.Level, m.Level)
		if m.Asked > 0 || sum.Asked > 0 {
			sum.Unasked = ""
		} else {
			sum.Unasked = max(sum.Unasked, m.Unasked)
		}
	}
	for i := range sums {
		slices.Sort(sums[i].Requirements)
		sums[i].Requirements = slices.Compact(sums[i].Requirements)
		sums[i].Precision = ShareOf(sums[i].Right, sums[i].Returned)
		sums[i].Recall = ShareOf(sums[i].Right, sums[i].Expected)
	}
	slices.SortFunc(sums, func(a, b Parameter) int {
		return cmp.Or(strings.Compare(a.System, b.System), strings.Compare(a.Resource, b.Resource), strings.Compare(a.Parameter, b.Parameter))
	})
	return sums
}

func strongest(a, b Level) Level {
	for _, level := range []Level{Must, Should} {
		if a == level || b == level {
			return level
		}
	}
	return May
}
