package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord.example/concord/internal/config"
)

func TestARunWritesNowhereUnlessTheOwnerSaysScratch(t *testing.T) {
	for text, says := range map[string]string{"": "", "writes: scratch": "", "writes: true": `writes: "true" is not scratch`, "writes: all": `writes: "all" is not scratch`} {
		path := filepath.Join(t.TempDir(), "concord.yaml")
		if err := os.WriteFile(path, []byte("federation: none\nsystems:\n  - name: ccr\n    baseURL: https://ccr.example.test/fhir\n    "+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c := config.Default()
		err := c.Read(path)
		if err == nil {
			err = c.Validate()
		}
		switch {
		case says == "" && (err != nil || (c.Systems[0].Writes == config.Scratch) != (text != "")):
			t.Errorf("%q: %q, %v", text, c.Systems[0].Writes, err)
		case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%q: %v", text, err)
		}
	}
}
