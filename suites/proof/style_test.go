package proof_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/mocks/hostile"
	"concord.example/concord/suites/proof"
)

// atOnce are styles that do not undo each other, for a test that has little time.
func atOnce() [][]string {
	return [][]string{
		{
			"style-summer-time", "style-codings-reversed", "outcome-among-matches", "style-entries-reversed", "style-identifier-added", "style-extension-added",
			"style-narrative", "style-trailing-zeros", "no-total", "style-further-links", "style-version-names",
			"style-references-by-id", "style-rooted-next", "style-coding-added", "style-no-words", "style-linked-patient", "style-keys-reversed",
			"style-lists-reversed", "style-defaults-written", "style-references-told", "style-since", "style-usual-names", "style-phone-international", "style-ranges-told",
			"style-tags-added", "style-slashes-escaped", "style-bundle-told", "style-source-of-its-own", "style-own-numbers",
		},
		{
			"style-milliseconds", "style-small-pages", "style-opaque-cursors", "style-references-by-identifier",
			"style-contained-practitioners", "self-defaults-added", "style-urn-fullurl", "style-synonyms", "style-relative-next", "style-other-ids",
			"style-headers", "style-gzip", "style-request-in-source",
			"style-own-profile", "style-names-told", "style-postcodes-together", "style-periods", "style-given-together", "style-address-lines",
			"style-category-added", "style-identifiers-told", "style-organisations-in-capitals", "style-contained-organisations", "style-whole-decimals",
			"style-versioned-targets", "style-language",
		},
	}
}

// TestLawfulStylesAreNoFindings asks everything of two systems of which one answers lawfully otherwise than the other: what is
// written alike on both sides is compared with ease. Nothing may be found. With CONCORD_STYLE_AT that system does, or "" both. With CONCORD_STYLES, all or names, each style is tried alone, which says which one it is.
func TestLawfulStylesAreNoFindings(t *testing.T) {
	rig := newRig(t)
	var tried [][]hostile.Behaviour
	if names := os.Getenv("CONCORD_STYLES"); names != "" {
		for _, b := range proof.Styles() {
			if names == "all" || slices.Contains(strings.Split(names, ","), b.Name) {
				tried = append(tried, []hostile.Behaviour{b})
			}
		}
	} else {
		for _, names := range atOnce() {
			var styles []hostile.Behaviour
			for _, name := range names {
				b, ok := hostile.Find(name)
				if !ok || b.Kind != hostile.Legal {
					t.Fatalf("%s is no style", name)
				}
				styles = append(styles, b)
			}
			tried = append(tried, styles)
		}
	}
	for i, styles := range tried {
		t.Run(styles[0].Name, func(t *testing.T) {
			at := []string{fixtures.OHC, fixtures.CCR}[i%2]
			if asked, ok := os.LookupEnv("CONCORD_STYLE_AT"); ok {
				at = asked
			}
			style, err := rig.StyleAt(t.Context(), at, styles...)
			if err != nil {
				t.Fatal(err)
			}
			for _, alarm := range style.Alarms[:min(12, len(style.Alarms))] {
				t.Error(alarm)
			}
			if len(style.Alarms) > 12 {
				t.Errorf("and %d more", len(style.Alarms)-12)
			}
			if style.NotShown > style.Asked/10 {
				t.Errorf("%d of %d results could not be told", style.NotShown, style.Asked)
			}
		})
	}
}

func TestThereAreSixtyStylesAndEachIsLawful(t *testing.T) {
	styles := proof.Styles()
	if len(styles) < 60 {
		t.Errorf("%d styles", len(styles))
	}
	if slices.ContainsFunc(styles, func(b hostile.Behaviour) bool { return b.Kind != hostile.Legal }) {
		t.Error("a fault is tried as a style")
	}
}
