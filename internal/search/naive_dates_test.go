package search_test

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
)

var naiveDateTime = regexp.MustCompile(`^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d|60)(?:\.(\d+))?)?(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?)?)?)?$`)

// day counts days from 1 January of the year 1, by summing the years and months.
func naiveDay(year, month, day int) (int64, bool) {
	leap := func(y int) bool { return y%4 == 0 && y%100 != 0 || y%400 == 0 }
	lengths := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if leap(year) {
		lengths[1] = 29
	}
	if year < 1 || month < 1 || month > 12 || day < 1 || day > lengths[month-1] {
		return 0, false
	}
	before := year - 1
	days := before*365 + before/4 - before/100 + before/400
	for _, length := range lengths[:month-1] {
		days += length
	}
	return int64(days + day - 1), true
}

// span returns the seconds a date or time covers, counted from 1 January of the year 1 in UTC.
func (n *naive) span(text string) (naiveRange, bool) {
	m := naiveDateTime.FindStringSubmatch(text)
	if m == nil {
		return naiveRange{}, false
	}
	part := func(i, missing int) int {
		if m[i] == "" {
			return missing
		}
		value, _ := strconv.Atoi(m[i])
		return value
	}
	year, month, day := part(1, 0), part(2, 1), part(3, 1)
	first, ok := naiveDay(year, month, day)
	if !ok {
		return naiveRange{}, false
	}
	seconds := func(days int64, clock int) *big.Rat { return new(big.Rat).SetInt64(days*86_400 + int64(clock)) }
	shift := new(big.Rat).SetInt64(n.offset)
	if m[8] == "Z" {
		shift.SetInt64(0)
	} else if m[8] != "" {
		hours, _ := strconv.Atoi(m[8][1:3])
		minutes, _ := strconv.Atoi(m[8][4:])
		shift.SetInt64(int64(hours*3600 + minutes*60))
		if m[8][0] == '-' {
			shift.Neg(shift)
		}
	}
	low := seconds(first, part(4, 0)*3600+part(5, 0)*60+part(6, 0))
	var high *big.Rat
	switch {
	case m[2] == "":
		next, _ := naiveDay(year+1, 1, 1)
		high = seconds(next, 0)
	case m[3] == "" && month == 12:
		next, _ := naiveDay(year+1, 1, 1)
		high = seconds(next, 0)
	case m[3] == "":
		next, _ := naiveDay(year, month+1, 1)
		high = seconds(next, 0)
	case m[4] == "":
		high = seconds(first+1, 0)
	case m[6] == "":
		high = new(big.Rat).Add(low, big.NewRat(60, 1))
	case m[7] == "":
		high = new(big.Rat).Add(low, big.NewRat(1, 1))
	default:
		fraction, _ := new(big.Rat).SetString("0." + m[7])
		unit, _ := new(big.Rat).SetString("1e-" + strconv.Itoa(len(m[7])))
		low.Add(low, fraction)
		high = new(big.Rat).Add(low, unit)
	}
	return naiveRange{low: low.Sub(low, shift), high: high.Sub(high, shift), highOpen: true}, true
}

func (n *naive) date(modifier, value string) (func(fhir.Resource, naiveNode) bool, error) {
	m := naivePrefix.FindStringSubmatch(value)
	exact, ok := n.span(m[2])
	if modifier != "" || !ok {
		return nil, errNaive
	}
	around := exact
	if m[1] == "ap" {
		day, _ := naiveDay(n.now.Year(), int(n.now.Month()), n.now.Day())
		now := new(big.Rat).SetInt64(day*86_400 + int64(n.now.Hour()*3600+n.now.Minute()*60+n.now.Second()))
		tenth := now.Sub(now, exact.low)
		tenth.Abs(tenth).Mul(tenth, big.NewRat(1, 10))
		around = naiveRange{low: new(big.Rat).Sub(exact.low, tenth), high: new(big.Rat).Add(exact.high, tenth), highOpen: true}
	}
	return func(_ fhir.Resource, node naiveNode) bool {
		target, ok := n.time(node)
		return ok && naiveCompare(m[1], exact, around, target)
	}, nil
}

// time returns the range a dated element covers.
func (n *naive) time(node naiveNode) (naiveRange, bool) {
	if text, ok := node.value.(string); ok {
		s, ok := n.span(text)
		if ok && node.typ == "instant" {
			s.high, s.highOpen = s.low, false // a point
		}
		return s, ok
	}
	object, ok := node.value.(map[string]any)
	if !ok {
		return naiveRange{}, false
	}
	if node.typ == "Timing" {
		return n.timing(object)
	}
	var s naiveRange
	for name, bound := range map[string]**big.Rat{"start": &s.low, "end": &s.high} {
		text, stated := object[name].(string)
		if !stated || text == "" {
			continue
		}
		covered, ok := n.span(text)
		if !ok {
			return s, false
		}
		*bound = covered.low
		if name == "end" {
			*bound, s.highOpen = covered.high, true
		}
	}
	return s, (s.low != nil || s.high != nil) && (s.low == nil || s.high == nil || s.low.Cmp(s.high) < 0)
}

func (n *naive) timing(object map[string]any) (naiveRange, bool) {
	var all []naiveRange
	events, _ := object["event"].([]any)
	for _, event := range events {
		text, _ := event.(string)
		if s, ok := n.span(text); ok {
			all = append(all, s)
		}
	}
	if repeat, ok := object["repeat"].(map[string]any); ok {
		if s, ok := n.time(naiveNode{value: repeat["boundsPeriod"], typ: "Period"}); ok {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return naiveRange{}, false
	}
	whole := all[0]
	for _, s := range all[1:] {
		if s.low == nil || whole.low != nil && s.low.Cmp(whole.low) < 0 {
			whole.low = s.low
		}
		if s.high == nil || whole.high != nil && s.high.Cmp(whole.high) > 0 {
			whole.high = s.high
		}
	}
	return whole, true
}

// naivePlain makes a string comparable, with a table of the accents that the random data has.
func naivePlain(text string) string {
	text = strings.NewReplacer("é", "e", "É", "e", "e\u0301", "e", "ñ", "n", "Ñ", "n", "ü", "u", "'", "", "-", "", ".", "", ",", "", "’", "").Replace(text)
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}

var naiveBreak = regexp.MustCompile(`[\s-]`)

func naiveString(param naiveParam, modifier, value string) (func(fhir.Resource, naiveNode) bool, error) {
	if !slices.Contains([]string{"", "exact", "contains"}, modifier) || modifier != "exact" && naivePlain(value) == "" {
		return nil, errNaive
	}
	same := func(text string, name bool) bool {
		switch modifier {
		case "exact":
			return text == value
		case "contains":
			return strings.Contains(naivePlain(text), naivePlain(value))
		}
		if strings.HasPrefix(naivePlain(text), naivePlain(value)) {
			return true
		}
		for rest := text; name; {
			at := naiveBreak.FindStringIndex(rest)
			if at == nil {
				break
			}
			if rest = rest[at[1]:]; strings.HasPrefix(naivePlain(rest), naivePlain(value)) {
				return true
			}
		}
		return false
	}
	return func(_ fhir.Resource, node naiveNode) bool {
		if text, ok := node.value.(string); ok {
			return same(text, strings.HasSuffix(param.expression, ".family"))
		}
		object, _ := node.value.(map[string]any)
		for name, field := range object {
			if slices.Contains([]string{"use", "type", "period", "extension", "id"}, name) || strings.HasPrefix(name, "_") {
				continue
			}
			list, ok := field.([]any)
			if !ok {
				list = []any{field}
			}
			for _, item := range list {
				if text, ok := item.(string); ok && same(text, name == "family") {
					return true
				}
			}
		}
		return false
	}, nil
}

// include returns what _include=type:code:target and _revinclude add, by repeating until nothing more comes.
func (n *naive) include(matches []fhir.Resource, includes []string) []string {
	taken := map[string]bool{}
	for _, r := range matches {
		taken[r.Type()+"/"+r.ID()] = true
	}
	byName := map[string]fhir.Resource{}
	for _, r := range n.resources {
		byName[r.Type()+"/"+r.ID()] = r
	}
	added := map[string]bool{}
	for first, changed := true, true; changed; first = false {
		changed = false
		from := slices.Clone(matches)
		if !first {
			for name := range added {
				from = append(from, byName[name])
			}
		}
		for _, include := range includes {
			name, value, _ := strings.Cut(include, "=")
			iterate := strings.HasSuffix(name, ":iterate")
			for i, r := range from {
				if !iterate && (!first || i >= len(matches)) {
					continue
				}
				for _, found := range n.joined(strings.HasPrefix(name, "_rev"), value, r) {
					if byName[found] != nil && !taken[found] {
						taken[found], added[found], changed = true, true, true
					}
				}
			}
		}
	}
	names := make([]string, 0, len(added))
	for name := range added {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (n *naive) joined(reverse bool, value string, r fhir.Resource) []string {
	parts := append(strings.Split(value, ":"), "")
	param := n.params[parts[0]+"."+parts[1]]
	var found []string
	if !reverse {
		if r.Type() == parts[0] {
			found = n.localReferences(r, param)
		}
		return slices.DeleteFunc(found, func(name string) bool { return parts[2] != "" && !strings.HasPrefix(name, parts[2]+"/") })
	}
	if parts[2] != "" && parts[2] != r.Type() {
		return nil
	}
	for _, other := range n.resources {
		if other.Type() == parts[0] && slices.Contains(n.localReferences(other, param), r.Type()+"/"+r.ID()) {
			found = append(found, other.Type()+"/"+other.ID())
		}
	}
	return found
}

// dateKey is the earliest beginning of a date parameter's values, or with last the latest, for judging an order.
func (n *naive) dateKey(r fhir.Resource, param naiveParam, last bool) (*big.Rat, bool) {
	var key *big.Rat
	for _, node := range naiveElements(r, param.expression, param.typ) {
		s, ok := n.time(node)
		if !ok {
			continue
		}
		begin := s.low
		if begin == nil {
			begin = new(big.Rat)
		}
		if key == nil || last && begin.Cmp(key) > 0 || !last && begin.Cmp(key) < 0 {
			key = begin
		}
	}
	return key, key != nil
}
