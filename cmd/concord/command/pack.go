package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/evidence/pack"
	"concord.example/concord/reports"
)

// signaturesBeside is what is added to the name of a pack for the signatures that stand beside it.
const signaturesBeside = ".dsse.json"

func newPack(s streams) *cobra.Command {
	var (
		out   string
		keys  []string
		force bool
	)
	command := &cobra.Command{
		Use:   "pack DIR",
		Short: "Put a run folder into one file, signed if you give a key",
		Long: "Write one ZIP archive with everything that Concord wrote into a run folder, the SHA-256 of each file, and an in-toto test-result\n" +
			"statement, signed in a DSSE envelope by each key. The same folder and Ed25519 keys give the same bytes. What lies in the folder\n" +
			"and is not Concord's is left out. Others sign the same pack with \"concord sign\", and \"concord verify\" checks it all.",
		Args: cobra.ExactArgs(1),
		Example: `  concord pack runs/latest
  concord pack runs/latest --key supplier.pem --out evidence.zip`,
		RunE: func(cmd *cobra.Command, args []string) error {
			signers, err := pack.ReadKeys(keys)
			if err != nil {
				return err
			}
			run, err := reports.Load(args[0])
			if err != nil {
				return err
			}
			if busy, err := os.Lstat(filepath.Join(args[0], workFolder)); err == nil && busy.IsDir() {
				return fmt.Errorf("pack %s: a run writes into it, or was killed while it did (%s is there): wait for its end, or go on with it (\"concord run --resume %s\")", args[0], workFolder, args[0])
			}
			if out == "" {
				out = filepath.Clean(args[0]) + ".zip"
			}
			var done pack.Written
			if err := writeWhole(out, force, func(w io.Writer) error {
				done, err = pack.Write(cmd.Context(), args[0], run, signers, w)
				return err
			}); err != nil {
				return err
			}
			if len(done.LeftOut) > 0 {
				if _, err := fmt.Fprintf(s.err, "left out, because Concord did not write it: %s\n", visible(some(done.LeftOut))); err != nil {
					return err
				}
			}
			state := "not signed"
			if len(signers) > 0 {
				state = fmt.Sprintf("signed by %d keys", len(signers))
			}
			_, err = fmt.Fprintf(s.out, "%s: %d files, %s\n", out, len(done.Manifest.Files), state)
			return err
		},
	}
	command.Flags().StringVar(&out, "out", "", "file to write (default DIR.zip)")
	command.Flags().StringSliceVar(&keys, "key", nil, "PEM file with an Ed25519 or ECDSA private key that signs (repeatable)")
	command.Flags().BoolVar(&force, "force", false, "replace the file when it is there already")
	return command
}

func newSign(s streams) *cobra.Command {
	var keys []string
	command := &cobra.Command{
		Use:   "sign PACK",
		Short: "Add a signature to a pack that somebody else made",
		Long: "Check that a pack is whole and says of its run what its run.json says, and sign the statement in it. The pack stays as it is: the\n" +
			"signatures are kept beside it, in PACK" + signaturesBeside + ", which is handed on with it. Whoever signs should run \"concord verify PACK\" first,\n" +
			"which also judges the exchanges again.",
		Args:    cobra.ExactArgs(1),
		Example: "  concord sign evidence.zip --key programme.pem",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(keys) == 0 {
				return errors.New("sign needs a --key: a PEM file with an Ed25519 or ECDSA private key")
			}
			signers, err := pack.ReadKeys(keys)
			if err != nil {
				return err
			}
			opened, err := openPack(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer opened.close()
			if err := opened.whole(); err != nil {
				return fmt.Errorf("%s is not signed: %w", args[0], err)
			}
			earlier, err := signaturesOf(args[0])
			if err != nil {
				return err
			}
			text, err := opened.pack.Sign(cmd.Context(), earlier, signers)
			if err != nil {
				return err
			}
			beside := args[0] + signaturesBeside
			if err := writeWhole(beside, true, func(w io.Writer) error {
				_, err := w.Write(text)
				return err
			}); err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%s: signed; hand it on together with %s\n", beside, args[0])
			return err
		},
	}
	command.Flags().StringSliceVar(&keys, "key", nil, "PEM file with an Ed25519 or ECDSA private key that signs (repeatable)")
	return command
}

// openedPack is a pack that was taken apart into a folder of its own.
type openedPack struct {
	pack *pack.Opened
	dir  string
}

func (o openedPack) close() { _ = os.RemoveAll(o.dir) }

// openPack takes a pack apart beside the other temporary files of the machine.
func openPack(ctx context.Context, path string) (openedPack, error) {
	file, err := os.Open(path) //nolint:gosec // the person who runs Concord names it
	if err != nil {
		return openedPack{}, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	info, err := file.Stat()
	if err != nil {
		return openedPack{}, err
	}
	dir, err := os.MkdirTemp("", "concord-pack-")
	if err != nil {
		return openedPack{}, undetermined(err)
	}
	opened, err := pack.Extract(ctx, file, info.Size(), dir)
	if err != nil {
		_ = os.RemoveAll(dir)
		return openedPack{}, fmt.Errorf("%s: %w", path, err)
	}
	return openedPack{pack: opened, dir: dir}, nil
}

// whole says what of a pack is not as it was packed.
func (o openedPack) whole() error {
	if len(o.pack.Changed) > 0 {
		return o.pack.Changed[0]
	}
	run, err := reports.Load(o.dir)
	if err != nil {
		return err
	}
	seal, err := evidence.ReadSeal(o.dir)
	if err != nil && !errors.Is(err, evidence.ErrNotSealed) {
		return err
	}
	if err == nil {
		problems, err := seal.Differences(o.dir)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			return problems[0]
		}
	}
	return o.pack.CheckStatement(run)
}

// mostSignatureBytes bounds what is read of signatures beside a pack. They repeat the statement.
const mostSignatureBytes = 128 << 20

// signaturesOf reads the signatures that stand beside a pack; none are no error.
func signaturesOf(path string) ([]byte, error) {
	file, err := os.Open(path + signaturesBeside) //nolint:gosec // beside the pack that the person names
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the signatures beside the pack: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(file, mostSignatureBytes+1))
	if err == nil && len(text) > mostSignatureBytes {
		err = fmt.Errorf("more than %d MB", mostSignatureBytes>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("read the signatures beside the pack: %w", err)
	}
	return text, nil
}

// writeWhole writes a file so that nobody meets half of it. Without replace it refuses to take the place of another.
func writeWhole(path string, replace bool, write func(io.Writer) error) (err error) {
	if info, err := os.Lstat(path); err == nil && (!replace || !info.Mode().IsRegular()) {
		return fmt.Errorf("write %s: it is there already; choose another --out, or --force to replace a file", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return undetermined(fmt.Errorf("write %s: %w", path, err))
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
		}
	}()
	if err := write(file); err != nil {
		return undetermined(err)
	}
	if err := errors.Join(file.Chmod(0o644), file.Sync(), file.Close(), os.Rename(file.Name(), path)); err != nil {
		return undetermined(fmt.Errorf("write %s: %w", path, err))
	}
	return nil
}
