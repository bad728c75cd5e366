package contract

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// Draft writes a programme's file of rows from what CapabilityStatements declare: a row for every search parameter that all
// of them declare, that Concord can judge, and that no row asks for yet. Comments name what is declared and cannot be asked,
// and what is required and not declared. The text is "" when nothing is declared beyond the rows that are there.
func (c *Contract) Draft(name string, statements ...fhir.Resource) string {
	declared := inCommon(statements)
	var rows, unknown, elsewhere []string
	for _, resourceType := range search.Types() {
		codes := slices.Clone(declared[resourceType])
		slices.Sort(codes)
		if len(codes) == 0 {
			continue
		}
		if !slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Resource == resourceType }) {
			elsewhere = append(elsewhere, resourceType)
			continue
		}
		for _, code := range slices.Compact(codes) {
			parameter, known := search.Lookup(resourceType, code)
			switch {
			case strings.HasPrefix(code, "_") || c.asks(resourceType, code):
			case !known:
				unknown = append(unknown, fmt.Sprintf("%s?%.60q is no search parameter of FHIR R4", resourceType, code))
			case parameter.Unsupported != "":
				unknown = append(unknown, fmt.Sprintf("%s?%s cannot be judged: %s", resourceType, code, parameter.Unsupported))
			default:
				rows = append(rows, draftRow(resourceType, parameter))
			}
		}
	}
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("# Rows for what the CapabilityStatement declares and the contract that Concord brings does not ask for. Raise to SHALL\n" +
		"# what your programme requires, delete what it does not. \"concord contract check FILE\" checks it, \"concord plan\" shows what\n" +
		"# it leads to.\n")
	comment := func(title string, lines []string) {
		if len(lines) > 0 {
			b.WriteString("#\n# " + title + "\n")
		}
		for _, line := range lines {
			b.WriteString("#   " + line + "\n")
		}
	}
	comment("Declared, and not asked:", unknown)
	if len(elsewhere) > 0 {
		comment("Declared for types that no record is asked for by:", []string{strings.Join(elsewhere, ", ")})
	}
	comment("Required by the contract that Concord brings, and not declared:", c.undeclared(declared))
	fmt.Fprintf(&b, "name: %q\nversion: \"1\"\nsource: declared in the CapabilityStatement\nrows:\n", name)
	b.WriteString(strings.Join(rows, ""))
	return b.String()
}

// inCommon returns the search parameters that all statements declare, by resource type.
func inCommon(statements []fhir.Resource) map[string][]string {
	var common map[string][]string
	for _, statement := range statements {
		declared := map[string][]string{}
		for _, resource := range statement.Objects("rest", "resource") {
			resourceType := fhir.Text(resource["type"])
			for _, parameter := range fhir.Objects(resource["searchParam"]) {
				if code := fhir.Text(parameter["name"]); common == nil || slices.Contains(common[resourceType], code) {
					declared[resourceType] = append(declared[resourceType], code)
				}
			}
		}
		common = declared
	}
	return common
}

// asks reports whether a row asks for a parameter, alone or beside patient.
func (c *Contract) asks(resourceType, code string) bool {
	return slices.ContainsFunc(c.Rows, func(r Row) bool {
		return r.Resource == resourceType && slices.Contains(r.Parameters, code) &&
			(len(r.Parameters) == 1 || len(r.Parameters) == 2 && code != "patient" && slices.Contains(r.Parameters, "patient"))
	})
}

// undeclared lists what the first two layers require and a statement does not declare.
func (c *Contract) undeclared(declared map[string][]string) []string {
	var missing []string
	for _, row := range c.Rows {
		if row.Layer != Access && row.Layer != Query || Word(row.Level) != "SHALL" {
			continue
		}
		for _, code := range row.Parameters {
			if !strings.HasPrefix(code, "_") && !slices.Contains(declared[row.Resource], code) {
				missing = append(missing, fmt.Sprintf("%s?%s (%s)", row.Resource, code, row.ID))
			}
		}
	}
	return missing
}

func draftRow(resourceType string, parameter *search.Parameter) string {
	id := "OWN-" + strings.ToUpper(resourceType+"-"+parameter.Code)
	row := fmt.Sprintf("  - id: %s\n    resource: %s\n    parameters: [%s]\n    level: SHOULD\n", id, resourceType, parameter.Code)
	if parameter.Kind == search.Date {
		row += "    comparators: [eq, ge, le, gt, lt]\n"
	}
	return row
}
