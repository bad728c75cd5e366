package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"concord.example/concord/internal/evidence/pack"
	"concord.example/concord/reports"
)

// demanded are the signatures that a pack must have.
type demanded struct {
	keys []string
	// count is how many different keys must have signed; 0 means each of those that are given.
	count int
}

// signature is one key that signed, as it is printed for programs.
type signature struct {
	Key  string `json:"key"`
	File string `json:"file"`
}

// read reads the keys.
func (d demanded) read() ([]pack.Key, error) {
	keys, err := pack.ReadKeys(d.keys)
	switch {
	case err != nil:
		return nil, err
	case d.count < 0 || d.count > len(keys):
		return nil, fmt.Errorf("--signatures %d: %d keys are given, and only those can be told", d.count, len(keys))
	}
	return keys, nil
}

// verifyPack checks a pack: that it is as it was packed, who signed it, and the run in it.
func verifyPack(ctx context.Context, path string, hashes bool, want demanded) (verified, error) {
	keys, err := want.read()
	if err != nil {
		return verified{}, err
	}
	opened, err := openPack(ctx, path)
	if refused := (*pack.RefusedError)(nil); errors.As(err, &refused) {
		return verified{Changed: []changedPart{{File: cmp.Or(refused.Entry, filepath.Base(path)), What: refused.Error()}}}, nil
	}
	if err != nil {
		return verified{}, err
	}
	defer opened.close()
	found, err := verify(ctx, opened.dir, besideOf(path), hashes)
	if err != nil && len(opened.pack.Changed) == 0 {
		return found, err
	}
	if err != nil {
		found.Notes = append(found.Notes, "nothing was judged again: "+err.Error())
	}
	for _, damage := range opened.pack.Changed {
		found.Changed = append(found.Changed, changedPart{File: damage.File, Offset: damage.Offset, What: damage.What})
	}
	if run, err := reports.Load(opened.dir); err == nil {
		if err := opened.pack.CheckStatement(run); err != nil {
			found.Changed = append(found.Changed, changedPart{File: pack.StatementEntry, What: err.Error()})
		}
	}
	beside, err := signaturesOf(path)
	if err != nil {
		return found, undetermined(err)
	}
	signed, err := opened.pack.Signatures(ctx, beside, keys)
	if err != nil {
		found.Changed = append(found.Changed, changedPart{File: pack.EnvelopeEntry, What: err.Error()})
		return found, nil
	}
	need := want.count
	if need == 0 {
		need = len(keys)
	}
	for _, key := range signed.By {
		found.Signed = append(found.Signed, signature{Key: key.ID, File: key.From})
	}
	if len(signed.By) < need {
		found.Unsigned = fmt.Sprintf("%d of the %d keys that were given signed this pack, and %d must have", len(signed.By), len(keys), need)
	}
	switch {
	case len(keys) == 0 && signed.Unknown > 0:
		found.Notes = append(found.Notes, fmt.Sprintf("%d signatures were not checked: give the public keys of those who should have signed (--key)", signed.Unknown))
	case len(keys) == 0:
		found.Notes = append(found.Notes, "nobody signed this pack: whoever packed it could have changed everything in it")
	case signed.Unknown > 0:
		found.Notes = append(found.Notes, fmt.Sprintf("%d more signatures are by none of these keys", signed.Unknown))
	}
	return found, nil
}

// isPack tells a pack from a run folder.
func isPack(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
