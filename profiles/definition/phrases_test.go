package definition

import (
	"errors"
	"strings"
	"testing"
)

func TestFoldingGivesBackEveryText(t *testing.T) {
	if len(phrases()) != len(phraseBytes) {
		t.Fatalf("there are %d phrases for %d bytes", len(phrases()), len(phraseBytes))
	}
	unfolder := newUnfolder()
	for _, text := range []string{
		"", "x", `{"code":"`, `{"code":"a","type":[{"code":"b"}]}`, strings.Join(phrases(), ""), strings.Join(phrases(), "é"),
		"http://hl7.org/fhir/StructureDefinition/Extension", "Extensio",
	} {
		folded, err := fold(folder(), text)
		if err != nil {
			t.Fatalf("fold %q: %v", text, err)
		}
		if got := unfolder.text(folded); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	}
}

func TestEveryPhraseIsOneByte(t *testing.T) {
	for _, phrase := range phrases() {
		if folded, err := fold(folder(), phrase); err != nil || len(folded) != 1 {
			t.Errorf("%q is folded to %q (%v)", phrase, folded, err)
		}
	}
}

func TestFoldingRefusesTheBytesThatStandForPhrases(t *testing.T) {
	for i := range len(phraseBytes) {
		if _, err := fold(folder(), "a"+phraseBytes[i:i+1]); !errors.Is(err, errPhraseByte) {
			t.Errorf("byte %#x was taken: %v", phraseBytes[i], err)
		}
	}
}
