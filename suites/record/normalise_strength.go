package record

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// strength is an amount of substance in the name of a medicine. A comma stands between thousands, as English names have it.
	strength = regexp.MustCompile(`(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s?-?(nanograms?|ng|micrograms?|mcg|µg|μg|ug|milligrams?|mg|grams?|g|units?|iu)\b`)
	// dilution is what an amount is dissolved in, or given within: the same strength may be written with another number.
	dilution = regexp.MustCompile(`(?:/|\bper\b|\bin\b)\s?[\d.]*\s?-?(?:ml|l|millilitres?|milliliters?|litres?|dose|actuation|hours?|hrs?|h|g|gram)\b|%`)
)

// strengths are the amounts in a name, masses in micrograms and units as such; none where it says what an amount is diluted in.
func strengths(name string) []string {
	name = strings.ToLower(name)
	if dilution.MatchString(name) {
		return nil
	}
	var all []string
	for _, found := range strength.FindAllStringSubmatch(name, -1) {
		number, err := strconv.ParseFloat(strings.ReplaceAll(found[1], ",", "")+found[2], 64)
		if err != nil {
			continue
		}
		if many := micrograms(found[3]); many == 0 {
			all = append(all, strconv.FormatFloat(number, 'g', 6, 64)+" units")
		} else {
			all = append(all, strconv.FormatFloat(number*many, 'g', 6, 64))
		}
	}
	return all
}

// micrograms are how many of them there are in a unit of mass; 0 for a unit that is none.
func micrograms(unit string) float64 {
	switch {
	case strings.HasPrefix(unit, "unit"), unit == "iu":
		return 0
	case strings.HasPrefix(unit, "nano"), unit == "ng":
		return 0.001
	case strings.HasPrefix(unit, "milli"), unit == "mg":
		return 1000
	case strings.HasPrefix(unit, "gram"), unit == "g":
		return 1000000
	default:
		return 1
	}
}

// otherStrength reports whether a name says how strong something is, and none of the names that it is known by says so, though each says how strong.
func otherStrength(known []string, name string) bool {
	shown := strengths(name)
	if len(shown) == 0 || len(known) == 0 {
		return false
	}
	return !slices.ContainsFunc(known, func(own string) bool {
		named := strengths(own)
		return len(named) == 0 || slices.ContainsFunc(shown, func(s string) bool { return slices.Contains(named, s) })
	})
}
