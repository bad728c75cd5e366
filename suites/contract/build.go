package contract

import (
	"fmt"
	"hash"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
)

// builder puts a contract together file by file and collects what is wrong.
type builder struct {
	contract Contract
	sums     hash.Hash
	// at finds rows by id.
	at map[string]int
	// waived are the waivers with the place they stand at.
	waived []waiverAt
	failed []error
}

type waiverAt struct {
	Waiver
	path string
	line int
}

// place is where in a file something stands.
type place struct {
	file *file
	item string
}

func (b *builder) fail(at place, key, format string, args ...any) {
	b.failed = append(b.failed, fmt.Errorf("%s:%d: %s", at.file.path, at.file.lines.of(at.item, key), fmt.Sprintf(format, args...)))
}

// add reads a file and takes over its rows. own says that it is a programme's file.
func (b *builder) add(path string, text []byte, own bool) {
	_, _ = fmt.Fprintf(b.sums, "%d\n", len(text)) // a hash never fails to write
	_, _ = b.sums.Write(text)
	f, err := parse(path, text)
	if err != nil {
		b.failed = append(b.failed, err)
		return
	}
	top := place{file: f}
	if f.Name == "" {
		b.fail(top, "", "the contract has no name")
	}
	if f.Version == "" {
		b.fail(top, "", "the contract has no version")
	}
	switch {
	case own && f.Layer != 0:
		b.fail(place{f, "layer"}, "", "only the contract that Concord brings has layers; leave the key out")
	case !own && (f.Layer < Access || f.Layer > Parity):
		b.fail(place{f, "layer"}, "", "layer %d is not 1, 2 or 3", f.Layer)
	case !own && len(f.Overrides) > 0:
		b.fail(place{f, "overrides"}, "", "only a programme's own file overrides rows")
	}
	if own {
		f.Layer = Programme
		b.contract.Name = f.Name + ", over " + b.contract.Name
		b.contract.Version = f.Version + " over " + b.contract.Version
	}
	if len(f.Rows)+len(f.Overrides)+len(f.Waivers) == 0 {
		b.fail(top, "", "the contract has no rows, overrides or waivers")
	}
	for i, dto := range f.Rows {
		b.addRow(place{f, fmt.Sprintf("rows[%d]", i)}, dto)
	}
	for i, dto := range f.Overrides {
		b.override(place{f, fmt.Sprintf("overrides[%d]", i)}, dto)
	}
	for i, dto := range f.Waivers {
		b.addWaiver(place{f, fmt.Sprintf("waivers[%d]", i)}, dto)
	}
}

func (b *builder) addRow(at place, dto rowDTO) {
	if dto.ID == "" {
		b.fail(at, "id", "the row has no id")
		return
	}
	if _, twice := b.at[dto.ID]; twice {
		b.fail(at, "id", "row %s is there already; list it under overrides to change it", dto.ID)
		return
	}
	if dto.Reason != "" {
		b.fail(at, "reason", "row %s: a reason belongs to an override", dto.ID)
	}
	if dto.Level == "" {
		b.fail(at, "level", "row %s has no level: SHALL, SHOULD or MAY", dto.ID)
	}
	if dto.Source == "" {
		dto.Source = at.file.Source
	}
	row := Row{ID: dto.ID, Layer: at.file.Layer}
	b.take(at, &row, dto)
	b.check(at, row)
	b.at[row.ID] = len(b.contract.Rows)
	b.contract.Rows = append(b.contract.Rows, row)
}

// override changes the keys that it names of a row that is there.
func (b *builder) override(at place, dto rowDTO) {
	if dto.ID == "" {
		b.fail(at, "id", "the override has no id")
		return
	}
	i, known := b.at[dto.ID]
	if !known {
		b.fail(at, "id", "there is no row %s to override; list it under rows to add it", dto.ID)
		return
	}
	if dto.Reason == "" {
		b.fail(at, "id", "the override of %s has no reason", dto.ID)
	}
	row := b.contract.Rows[i]
	b.take(at, &row, dto)
	b.check(at, row)
	b.contract.Rows[i] = row
}

// take copies what is written into the row. An override leaves the rest as it was.
func (b *builder) take(at place, row *Row, dto rowDTO) {
	if dto.Level != "" {
		level, ok := map[string]result.Level{"SHALL": result.Must, "SHOULD": result.Should, "MAY": result.May}[dto.Level]
		if !ok {
			b.fail(at, "level", "row %s: level %q is not SHALL, SHOULD or MAY", dto.ID, dto.Level)
		}
		row.Level = level
	}
	for _, text := range []struct {
		from string
		to   *string
	}{{dto.Resource, &row.Resource}, {dto.Source, &row.Source}, {dto.Untested, &row.Untested}} {
		if text.from != "" {
			*text.to = text.from
		}
	}
	for _, list := range []struct {
		from []string
		to   *[]string
	}{
		{dto.Parameters, &row.Parameters},
		{dto.Kind, &row.Kinds},
		{dto.Comparators, &row.Comparators},
		{dto.Modifiers, &row.Modifiers},
		{dto.Includes, &row.Includes},
		{dto.Results, &row.Results},
	} {
		if list.from != nil {
			*list.to = list.from
		}
	}
	if dto.Errors == nil {
		return
	}
	row.Errors = nil
	for _, text := range dto.Errors {
		if !slices.Contains(errorRules(), ErrorRule(text)) {
			b.fail(at, "errors", "row %s: %q is not one of %v", dto.ID, text, errorRules())
		}
		row.Errors = append(row.Errors, ErrorRule(text))
	}
}

// check holds a row against FHIR R4.
func (b *builder) check(at place, row Row) {
	if !slices.Contains(search.Types(), row.Resource) {
		b.fail(at, "resource", "row %s: %q is not a resource type of FHIR R4", row.ID, row.Resource)
		return
	}
	if row.What() == "" {
		b.fail(at, "id", "row %s asks for nothing: give it parameters, includes, results or errors", row.ID)
	}
	if row.Source == "" {
		b.fail(at, "source", "row %s has no source, and neither has the file", row.ID)
	}
	if len(row.Kinds) > 0 && len(row.Kinds) != len(row.Parameters) {
		b.fail(at, "kind", "row %s gives %d kinds for %d parameters", row.ID, len(row.Kinds), len(row.Parameters))
	}
	ordered := false
	for _, code := range row.Parameters {
		parameter, ok := search.Lookup(row.Resource, code)
		switch {
		case !ok:
			b.fail(at, "parameters", "row %s: %s has no search parameter %q in FHIR R4", row.ID, row.Resource, code)
			continue
		case parameter.Unsupported != "":
			b.fail(at, "parameters", "row %s: Concord cannot judge %s: %s", row.ID, code, parameter.Unsupported)
		}
		ordered = ordered || parameter.Kind == search.Date || parameter.Kind == search.Number || parameter.Kind == search.Quantity
	}
	for _, kind := range row.Kinds {
		if !slices.Contains(kinds(), kind) {
			b.fail(at, "kind", "row %s: %q is not a search parameter type", row.ID, kind)
		}
	}
	if len(row.Comparators) > 0 && !ordered {
		b.fail(at, "comparators", "row %s: comparators apply to dates, numbers and quantities only", row.ID)
	}
	// What "ap" finds is left to each server (FHIR R4, 3.1.1.4.4), so nothing can be held against one.
	b.allowed(at, row, "comparators", row.Comparators, []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"})
	b.modifiers(at, row)
	b.allowed(at, row, "results", row.Results, []string{"_count", "_sort", "_total", "_summary", "_elements"})
	for _, include := range row.Includes {
		b.include(at, row, include)
	}
	if _, personal := search.Lookup(row.Resource, "patient"); !personal && len(row.Includes)+len(row.Results)+len(row.Errors) > 0 {
		b.fail(at, "resource", "row %s: includes, results and errors are asked about the records of a person, and %s has no search parameter patient", row.ID, row.Resource)
	}
}

// modifiers holds the modifiers of a row against those that its parameter has and that Concord can judge. One that needs a
// terminology, or that goes by displays, which each system may word otherwise, is none of them.
func (b *builder) modifiers(at place, row Row) {
	if len(row.Modifiers) == 0 {
		return
	}
	if len(row.Parameters) != 1 && !(len(row.Parameters) == 2 && slices.Contains(row.Parameters, "patient")) {
		b.fail(at, "modifiers", "row %s: modifiers go with one parameter, beside patient, and the row has %d", row.ID, len(row.Parameters))
		return
	}
	allowed := []string{"missing"}
	for _, code := range row.Parameters {
		parameter, ok := search.Lookup(row.Resource, code)
		if !ok || code == "patient" {
			continue
		}
		allowed = append(allowed, map[search.Kind][]string{
			search.Token: {"not"}, search.String: {"exact", "contains"}, search.Reference: {"identifier"},
		}[parameter.Kind]...)
	}
	b.allowed(at, row, "modifiers", row.Modifiers, allowed)
}

func (b *builder) allowed(at place, row Row, key string, values, known []string) {
	for _, value := range values {
		if !slices.Contains(known, value) {
			b.fail(at, key, "row %s: %q is not one of %s", row.ID, value, strings.Join(known, ", "))
		}
	}
}

// include holds Type:parameter against the reference parameters of FHIR R4.
func (b *builder) include(at place, row Row, include string) {
	value := strings.TrimPrefix(include, "_revinclude=")
	owner, code, ok := strings.Cut(value, ":")
	parameter, known := search.Lookup(owner, code)
	if !ok || !known || parameter.Kind != search.Reference {
		b.fail(at, "includes", "row %s: %q is not Type:parameter with a reference parameter of FHIR R4", row.ID, include)
	}
}

// kinds are the search parameter types of R4.
func kinds() []string {
	return []string{"number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"}
}

func (b *builder) addWaiver(at place, dto waiverDTO) {
	if dto.ID == "" || len(dto.Rows) == 0 || dto.Says == "" || dto.Instead == "" {
		b.fail(at, "", "a waiver has an id, rows, what the sources say and what is asked instead")
		return
	}
	if slices.ContainsFunc(b.waived, func(w waiverAt) bool { return w.ID == dto.ID }) {
		b.fail(at, "id", "waiver %s stands there twice", dto.ID)
	}
	b.waived = append(b.waived, waiverAt{Waiver(dto), at.file.path, at.file.lines.of(at.item, "rows")})
}

// checkWaivers finds the rows of the waivers, and the kinds that differ from R4 without a waiver.
func (b *builder) checkWaivers() {
	covered := map[string]bool{}
	for _, w := range b.waived {
		for _, id := range w.Rows {
			if _, known := b.at[id]; !known {
				b.failed = append(b.failed, fmt.Errorf("%s:%d: waiver %s: there is no row %s", w.path, w.line, w.ID, id))
			}
			covered[id] = true
		}
		b.contract.Waivers = append(b.contract.Waivers, w.Waiver)
	}
	for _, row := range b.contract.Rows {
		for i, kind := range row.Kinds {
			if i >= len(row.Parameters) {
				break
			}
			parameter, ok := search.Lookup(row.Resource, row.Parameters[i])
			if ok && string(parameter.Kind) != kind && !covered[row.ID] {
				b.failed = append(b.failed, fmt.Errorf("row %s gives %s the type %s, and FHIR R4 %s; a waiver must say which is asked",
					row.ID, row.Parameters[i], kind, parameter.Kind))
			}
		}
	}
}
