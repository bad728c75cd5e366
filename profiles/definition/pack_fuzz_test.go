package definition

import (
	"bytes"
	"compress/gzip"
	"testing"
)

// FuzzAddPack looks for a pack that panics, hangs, or is taken in part: one that is refused may leave nothing in the set that
// cannot be used. The text is packed here, so that the fuzzer changes what is inside.
func FuzzAddPack(f *testing.F) {
	var whole bytes.Buffer
	if err := WritePack(&whole, Package{Name: "a.b", Version: "1"}, nil); err != nil {
		f.Fatal(err)
	}
	unpacked, err := gzip.NewReader(&whole)
	if err != nil {
		f.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(unpacked); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{text.String(), "", "{}\n", "a\tb\tc\n{}", "\x80\x81\xff\n", "StructureDefinition\thttp://x\t{\"resourceType\":\"StructureDefinition\"}\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var packed bytes.Buffer
		zip := gzip.NewWriter(&packed)
		if _, err := zip.Write(data); err != nil || zip.Close() != nil {
			t.Fatal(err)
		}
		one, two := NewSet(), NewSet()
		if (one.AddPack(packed.Bytes()) == nil) != (two.AddPack(packed.Bytes()) == nil) {
			t.Fatalf("%q is read once and refused once", data)
		}
		_ = NewSet().AddPack(data) // what is no gzip at all is refused without a panic
	})
}
