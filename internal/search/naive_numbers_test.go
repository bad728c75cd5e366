package search_test

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
)

// naiveRange is a set of numbers: all from low to high, without a bound that is open; nil is no bound.
type naiveRange struct {
	low, high         *big.Rat
	lowOpen, highOpen bool
}

func (s naiveRange) has(x *big.Rat) bool {
	if s.low != nil && (x.Cmp(s.low) < 0 || s.lowOpen && x.Cmp(s.low) == 0) {
		return false
	}
	return s.high == nil || x.Cmp(s.high) < 0 || !s.highOpen && x.Cmp(s.high) == 0
}

// naiveSome and naiveAll ask about points of a range by trying one on every bound, between any two neighbours and
// beyond the ends: what lies between two neighbouring bounds is all alike.
func naiveSome(s naiveRange, bounds []*big.Rat, holds func(*big.Rat) bool) bool {
	for _, x := range bounds {
		if s.has(x) && holds(x) {
			return true
		}
	}
	return false
}

func naiveAll(s naiveRange, bounds []*big.Rat, holds func(*big.Rat) bool) bool {
	return !naiveSome(s, bounds, func(x *big.Rat) bool { return !holds(x) })
}

func naivePoints(bounds ...*big.Rat) []*big.Rat {
	points := slices.DeleteFunc(bounds, func(x *big.Rat) bool { return x == nil })
	slices.SortFunc(points, func(a, b *big.Rat) int { return a.Cmp(b) })
	one, half := big.NewRat(1, 1), big.NewRat(1, 2)
	all := []*big.Rat{new(big.Rat).Sub(points[0], one), new(big.Rat).Add(points[len(points)-1], one)}
	for i, x := range points {
		all = append(all, x)
		if i > 0 {
			middle := new(big.Rat).Add(x, points[i-1])
			all = append(all, middle.Mul(middle, half))
		}
	}
	return all
}

// naiveCompare applies a prefix. For a date the search value is the range it covers; for a number it is the exact
// value, except that eq, ne and ap use the range around it.
func naiveCompare(prefix string, exact, around, target naiveRange) bool {
	points := naivePoints(exact.low, exact.high, around.low, around.high, target.low, target.high)
	below := func(x *big.Rat) bool { return x.Cmp(exact.low) < 0 }
	above := func(x *big.Rat) bool {
		return x.Cmp(exact.high) > 0 || exact.highOpen && x.Cmp(exact.high) == 0
	}
	switch prefix {
	case "gt":
		return naiveSome(target, points, above)
	case "lt":
		return naiveSome(target, points, below)
	case "ge":
		return naiveSome(target, points, func(x *big.Rat) bool { return !below(x) })
	case "le":
		return naiveSome(target, points, func(x *big.Rat) bool { return !above(x) })
	case "sa":
		return naiveAll(target, points, above)
	case "eb":
		return naiveAll(target, points, below)
	case "ap":
		return naiveSome(target, points, around.has)
	case "ne":
		return !naiveAll(target, points, around.has)
	default:
		return naiveAll(target, points, around.has)
	}
}

var naivePrefix = regexp.MustCompile(`^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$`)

var naiveNumber = regexp.MustCompile(`^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$`)

// naiveRat returns a number and half a unit of its last digit.
func naiveRat(text string) (value, half *big.Rat, ok bool) {
	m := naiveNumber.FindStringSubmatch(text)
	if m == nil {
		return nil, nil, false
	}
	value, ok = new(big.Rat).SetString(text)
	if !ok {
		return nil, nil, false
	}
	exponent, _ := strconv.Atoi(m[4])
	half, _ = new(big.Rat).SetString("0.5e" + strconv.Itoa(exponent-len(m[3])))
	return value, half, true
}

func naiveQuantity(param naiveParam, modifier, value string) (func(fhir.Resource, naiveNode) bool, error) {
	parts := strings.Split(value, "|")
	if modifier != "" || param.kind == "number" && len(parts) > 1 || len(parts) != 1 && len(parts) != 3 || strings.HasSuffix(value, "||") {
		return nil, errNaive
	}
	m := naivePrefix.FindStringSubmatch(naiveShow(parts[0]))
	number, half, ok := naiveRat(m[2])
	if !ok {
		return nil, errNaive
	}
	around := naiveRange{low: new(big.Rat).Sub(number, half), high: new(big.Rat).Add(number, half), highOpen: true}
	if m[1] == "ap" {
		tenth := new(big.Rat).Mul(new(big.Rat).Abs(number), big.NewRat(1, 10))
		around = naiveRange{low: new(big.Rat).Sub(number, tenth), high: new(big.Rat).Add(number, tenth)}
	}
	unit := func(quantity map[string]any) bool {
		if len(parts) == 1 {
			return true
		}
		system, code := naiveShow(parts[1]), naiveShow(parts[2])
		if system == "" {
			return quantity["code"] == code || quantity["unit"] == code
		}
		return quantity["system"] == system && (code == "" || quantity["code"] == code)
	}
	return func(_ fhir.Resource, node naiveNode) bool {
		target, ok := naiveAmount(node, unit)
		return ok && naiveCompare(m[1], naiveRange{low: number, high: number}, around, target)
	}, nil
}

func naiveAmount(node naiveNode, unit func(map[string]any) bool) (naiveRange, bool) {
	exact := func(value any) *big.Rat {
		number, ok := value.(json.Number)
		if !ok {
			return nil
		}
		rat, _, _ := naiveRat(number.String())
		return rat
	}
	object, isObject := node.value.(map[string]any)
	switch {
	case node.typ == "decimal":
		x := exact(node.value)
		return naiveRange{low: x, high: x}, x != nil
	case node.typ == "SampledData" || !isObject:
		return naiveRange{}, false
	case node.typ == "Range":
		low, hasLow := object["low"].(map[string]any)
		high, hasHigh := object["high"].(map[string]any)
		s := naiveRange{low: exact(low["value"]), high: exact(high["value"])}
		if !hasLow && !hasHigh || hasLow && (s.low == nil || !unit(low)) || hasHigh && (s.high == nil || !unit(high)) {
			return s, false
		}
		return s, s.low == nil || s.high == nil || s.low.Cmp(s.high) <= 0
	}
	x := exact(object["value"])
	if x == nil || !unit(object) {
		return naiveRange{}, false
	}
	s := naiveRange{low: x, high: x}
	switch object["comparator"] {
	case "<":
		s.low, s.highOpen = nil, true
	case "<=":
		s.low = nil
	case ">":
		s.high, s.lowOpen = nil, true
	case ">=":
		s.high = nil
	}
	return s, true
}
