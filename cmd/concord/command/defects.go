package command

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/mocks"
)

// wantedDefect is a defect that a user wants to have switched on in all mocks, or in one.
type wantedDefect struct {
	// system is the mock it is for; "" for all.
	system string
	// text is the setting as it was written, without the system.
	text    string
	setting mocks.Setting
}

// of reports whether the defect is meant for a system.
func (w wantedDefect) of(system string) bool { return w.system == "" || w.system == system }

// readDefects reads defects as users write them: D12, ccr:D12, ccr:D71:provider=RRK,provider=RQ3. A flag has been split at
// commas, so a part that only says whom a defect is about belongs to the one before it. names are the mocks that there are.
func readDefects(texts, names []string) ([]wantedDefect, error) {
	var whole []string
	for _, text := range texts {
		about := strings.HasPrefix(text, "provider=") || strings.HasPrefix(text, "patient=")
		if about && len(whole) > 0 {
			whole[len(whole)-1] += "," + text
			continue
		}
		whole = append(whole, text)
	}
	wanted := make([]wantedDefect, 0, len(whole))
	for _, text := range whole {
		w := wantedDefect{text: text}
		if before, after, ok := strings.Cut(text, ":"); ok {
			if _, isDefect := mocks.DefectByID(strings.ToUpper(before)); !isDefect {
				w.system, w.text = before, after
			}
		}
		if w.system != "" && !slices.Contains(names, w.system) {
			return nil, fmt.Errorf("defect %q: there is no mock %q; the mocks are %s", text, w.system, result.List(names, nil))
		}
		id, _, _ := strings.Cut(w.text, ":")
		if _, known := mocks.DefectByID(strings.ToUpper(id)); !known {
			var ids []string
			for _, d := range mocks.Defects() {
				ids = append(ids, d.ID)
			}
			return nil, fmt.Errorf("there is no defect %q%s: \"concord mock --list-defects\" prints them", text, suggest.Meant(id, ids))
		}
		setting, err := mocks.ParseSetting(w.text)
		if err != nil {
			return nil, err
		}
		w.setting = setting
		wanted = append(wanted, w)
	}
	return wanted, nil
}

// textsOf are the defects of a system as they were written.
func textsOf(wanted []wantedDefect, system string) []string {
	var texts []string
	for _, w := range wanted {
		if w.of(system) {
			id, about, _ := strings.Cut(w.text, ":")
			texts = append(texts, strings.TrimSuffix(strings.ToUpper(id)+":"+about, ":"))
		}
	}
	return texts
}
