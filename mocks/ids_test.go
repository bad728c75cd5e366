package mocks

import "testing"

func FuzzIDsComeBack(f *testing.F) {
	for _, id := range []string{"1", "0", "007", "999999999999999999", "1000000000000000000", "8dad8a6d-6acc-802a-b09c-6d2a3df6e8d3", "8DAD8A6D-6ACC-802A-B09C-6D2A3DF6E8D3", "t1", "n.t1", "a-b.c"} {
		f.Add(id)
	}
	codecs := map[string]idCodec{"uuid": uuidCodec(), "numeric": numericCodec()}
	f.Fuzz(func(t *testing.T, id string) {
		if !isID(id) {
			t.Skip("not an id")
		}
		for name, codec := range codecs {
			local, ok := codec.local(id)
			if !ok {
				continue
			}
			if !isID(local) {
				t.Errorf("%s: %q becomes %q, which is not an id", name, id, local)
			}
			if back, ok := codec.neighbour(local); !ok || back != id {
				t.Errorf("%s: %q becomes %q and comes back as %q", name, id, local, back)
			}
		}
	})
}

func TestIDsTakeTheSystemsOwnForm(t *testing.T) {
	for _, test := range []struct {
		codec     idCodec
		id, local string
	}{
		{uuidCodec(), "898667286335185578", "fed00000-0000-8c78-8b52-0002b545e2aa"},
		{numericCodec(), "00000000-0000-0000-0000-000000000001", "9000000000000000000000000000000000000001"},
		{uuidCodec(), "t1", "n.t1"},
	} {
		if got, _ := test.codec.local(test.id); got != test.local {
			t.Errorf("%s becomes %s, want %s", test.id, got, test.local)
		}
	}
}
