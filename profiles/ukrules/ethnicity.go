package ukrules

import (
	"strings"

	"concord.example/concord/internal/result"
)

// EthnicCategory is the id of the rule about ethnic categories.
const EthnicCategory = "UK-ETHNIC-CATEGORY"

func ethnicityRules() []Rule {
	return []Rule{{
		ID: EthnicCategory, Title: "an ethnic category is one of England's", Severity: result.SeverityError, Code: codeCode,
		Source: "NHS Data Dictionary, ETHNIC CATEGORY; UK Core STU3 CodeSystem UKCore-EthnicCategoryEngland",
		Looks:  "codings with system " + ethnicEnglandSystem + ", where no profile has judged them",
		Fix:    "use A to H, J to N, P, R, S, Z (not stated) or 99 (not known)",
	}}
}

// ethnic judges a coding of England's ethnic categories.
func (v *visit) ethnic(code string) {
	if code == "99" || len(code) == 1 && strings.Contains("ABCDEFGHJKLMNPRSZ", code) {
		return
	}
	v.report(EthnicCategory, at{"code"}, "this is not an ethnic category of England", "A to H, J to N, P, R, S, Z or 99", code)
}
