package contract

import (
	"crypto/sha256"
	"testing"
)

// FuzzAdd holds that no text is read with a panic, and that a row that is read is whole.
func FuzzAdd(f *testing.F) {
	const head = "name: Own\nversion: \"1\"\nsource: Own rules\n"
	f.Add(head + "rows:\n  - id: OWN-1\n    resource: Patient\n    parameters: [name]\n    level: MAY\n")
	f.Add(head + "overrides: [{id: OWN-2, level: MAY, reason: x}]")
	f.Add("waivers:\n  - rows: &a [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		b := &builder{sums: sha256.New(), at: map[string]int{}}
		b.add("own.yaml", []byte(text), true)
		b.checkWaivers()
		if len(b.failed) > 0 {
			return
		}
		for _, row := range b.contract.Rows {
			if row.ID == "" || row.Level == "" || row.What() == "" {
				t.Errorf("a row that is not whole was read: %+v", row)
			}
		}
	})
}
