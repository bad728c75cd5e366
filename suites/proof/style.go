package proof

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/mocks/hostile"
	"concord.example/concord/suites"
)

// Styles are the lawful ways of answering that can be tried.
func Styles() []hostile.Behaviour {
	var lawful []hostile.Behaviour
	for _, b := range hostile.All() {
		if b.Kind == hostile.Legal && !b.Writes {
			lawful = append(lawful, b)
		}
	}
	return lawful
}

// remarks are what a check may remark on in a lawful style, with why it is worth a remark.
func remarks(style string) map[string]string {
	return map[string]map[string]string{
		"style-relative-next": {"CAP-PAGE-LINK": "R4 does not say against what a relative link is resolved, and clients differ"},
		"style-rooted-next":   {"CAP-PAGE-LINK": "R4 does not say against what a relative link is resolved, and clients differ"},
	}[style]
}

// owed are the checks that a style must fail, with why: it is lawful in R4, and the contract asks for more.
func owed(style string) map[string]string {
	return map[string]map[string]string{
		"few-types": {"PAR-SEARCH-FURTHER": "every type of which a person has records must be searchable by patient: whoever opens this record does not see what is elsewhere"},
	}[style]
}

// Style has both systems answer in a lawful way, or in several at once, and asks them everything that the rig asks. What
// they say is complained about where it blames somebody or ends in an error.
func (r *Rig) Style(ctx context.Context, behaviours ...hostile.Behaviour) (result.Style, error) {
	return r.StyleAt(ctx, "", behaviours...)
}

// StyleAt is Style with one system that answers in that way, and the other as ever: what is the same in two answers that are
// written alike may not be so in two that are not. An empty name is both systems.
func (r *Rig) StyleAt(ctx context.Context, system string, behaviours ...hostile.Behaviour) (result.Style, error) {
	style := result.Style{Alarms: []string{}}
	for i, b := range behaviours {
		if i > 0 {
			style.Name, style.Title = style.Name+" + ", style.Title+"; "
		}
		style.Name, style.Title = style.Name+b.Name, style.Title+b.Title
	}
	if system != "" {
		if !slices.ContainsFunc(r.config.Systems, func(s suites.System) bool { return s.Name == system }) {
			return style, fmt.Errorf("try %s: there is no system %q", style.Name, system)
		}
		style.Title += "; at " + system + " alone"
	}
	undo, err := r.answer(system, behaviours)
	if err != nil {
		return style, fmt.Errorf("try %s: %w", style.Name, err)
	}
	defer undo()
	run, err := suites.Run(ctx, r.configIn(behaviours))
	if err != nil {
		return style, fmt.Errorf("try %s: %w", style.Name, err)
	}
	for _, found := range run.Results {
		style.Asked++
		if found.Status == result.NotRun || found.Status == result.NotApplicable {
			style.NotShown++
		}
	}
	style.Alarms = append(alarms(run.Results, func(r result.Result) bool { return alarming(r, behaviours) }), unowed(run.Results, behaviours)...)
	return style, ctx.Err()
}

// answer has a system, or both for an empty name, answer in some ways until it is undone.
func (r *Rig) answer(system string, behaviours []hostile.Behaviour) (undo func(), err error) {
	settings := make([]hostile.Setting, 0, len(behaviours))
	for _, b := range behaviours {
		settings = append(settings, hostile.Setting{Name: b.Name})
	}
	undo = func() {
		for i, server := range r.pair.Servers {
			r.pair.Transports[i].Lead(server.Handler())
		}
	}
	for i, server := range r.pair.Servers {
		if system != "" && r.config.Systems[i].Name != system {
			continue
		}
		handler, err := hostile.Wrap(server.Handler(), hostile.Options{Base: "/fhir", Except: mocks.FromNeighbour}, settings...)
		if err != nil {
			undo()
			return nil, fmt.Errorf("answer in another way: %w", err)
		}
		r.pair.Transports[i].Lead(handler)
	}
	return undo, nil
}

// configIn is how systems are asked that answer in some ways.
func (r *Rig) configIn(behaviours []hostile.Behaviour) suites.Config {
	config := r.config
	has := func(name string) bool {
		return slices.ContainsFunc(behaviours, func(b hostile.Behaviour) bool { return b.Name == name })
	}
	if has("style-other-ids") || has("style-linked-patient") {
		// Who makes events happen at the mocks knows their own ids, and their own Patients, alone.
		config.Operators = nil
	}
	// Who writes knows them too; and a write whose answer is lost is not sent again, so that nothing can be told of it.
	if has("style-other-ids") || has("every-twentieth-dropped") {
		config.Systems = slices.Clone(config.Systems)
		for i := range config.Systems {
			config.Systems[i].Writes = false
		}
	}
	return config
}

// alarming reports whether a result is to be complained about in some styles. What a style must fail, it may do nothing else about.
func alarming(r result.Result, behaviours []hostile.Behaviour) bool {
	remarked := r.Status == result.Warning && slices.ContainsFunc(behaviours, func(b hostile.Behaviour) bool { return remarks(b.Name)[r.Check] != "" })
	must := r.Status == result.Fail && slices.ContainsFunc(behaviours, func(b hostile.Behaviour) bool { return owed(b.Name)[r.Check] != "" })
	return !remarked && !must && (r.Status == result.Fail || r.Status == result.Warning || r.Status == result.Error)
}

// unowed are complaints about checks that were asked and that some styles must fail, and that fail nowhere: an excuse that nothing needs
// would hide the next fault.
func unowed(results []result.Result, behaviours []hostile.Behaviour) []string {
	var found []string
	for _, b := range behaviours {
		for _, check := range slices.Sorted(maps.Keys(owed(b.Name))) {
			asked, failed := false, false
			for _, r := range results {
				asked = asked || r.Check == check
				failed = failed || r.Check == check && r.Status == result.Fail
			}
			if asked && !failed {
				found = append(found, fmt.Sprintf("%s does not fail in the style %s, which must: %s", check, b.Name, owed(b.Name)[check]))
			}
		}
	}
	return found
}
