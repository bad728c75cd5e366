package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// workFolder lies in a run folder while a run writes into it. Inside, partial is what the run writes, whole the same when it
// is finished and being moved into place, earlier the run that it replaces, and lock says who writes.
const workFolder = ".concord-run"

// runFolder is a run folder that one process writes. The run is written inside, in a folder of its own, and moved into place
// file by file when it is whole; what was there and is not Concord's is never touched. A name for the folder that is a link,
// a mount point or the working directory is as good as any.
type runFolder struct {
	final, temporary string
	lock             *evidence.Lock
	// made says that the folder was not there before.
	made bool
	// dropped says that an interrupted run was in it, published that the run is in its place, resumed that it goes on with what
	// an interrupted run left, which stays where it is unless the run ends.
	dropped, published, resumed bool
	// stopped says that the run was stopped before its end and can be gone on with, revived that it goes on with one that was.
	stopped, revived bool
}

// reserve makes a run folder ready to be written into, or says why it cannot be: another run writes it, it holds what is not
// Concord's, it cannot be written. force writes it all the same beside what is not Concord's.
func reserve(out string, force bool) (*runFolder, error) { return hold(out, force, false) }

// reopen makes a run folder ready to go on with what an interrupted run left in it.
func reopen(out string, force bool) (*runFolder, error) { return hold(out, force, true) }

func hold(out string, force, resume bool) (_ *runFolder, err error) {
	f := &runFolder{final: filepath.Clean(out)}
	cannot := func(err error) error {
		return fmt.Errorf("run folder %s cannot be written: %w; choose another --out", f.final, err)
	}
	info, err := os.Stat(f.final)
	switch {
	case err == nil && !info.IsDir():
		return nil, fmt.Errorf("run folder %s: it is a file; choose another --out", f.final)
	case errors.Is(err, fs.ErrNotExist):
		f.made = true
	case err != nil:
		return nil, cannot(err)
	}
	if err := os.MkdirAll(f.final, 0o750); err != nil {
		return nil, cannot(err)
	}
	defer func() {
		if err != nil {
			f.discard()
		}
	}()
	if info, err := os.Lstat(f.work()); err == nil && !info.IsDir() {
		return nil, cannot(fmt.Errorf("%s is not a folder", f.work()))
	}
	holder := fmt.Sprintf("process %d, since %s,", os.Getpid(), time.Now().Format(time.DateTime))
	f.lock, err = evidence.TakeLock(f.work("lock"), holder)
	if busy := (*evidence.BusyError)(nil); errors.As(err, &busy) {
		return nil, fmt.Errorf("run folder %s: another run is writing into it (%w); wait for its end, or choose another --out", f.final, busy)
	}
	if err != nil {
		return nil, cannot(err)
	}
	if err := f.recover(); err != nil {
		return nil, cannot(err)
	}
	if err := f.checkForeign(force); err != nil {
		return nil, err
	}
	temporary := f.work("partial")
	if resume {
		if err := f.revive(); err != nil {
			return nil, cannot(err)
		}
		if info, err := os.Lstat(temporary); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("run folder %s: %w", f.final, errNotStopped)
		}
		f.temporary, f.resumed = temporary, true
		return f, nil
	}
	_ = os.Remove(f.work(askedFile))
	if _, err := os.Lstat(temporary); err == nil {
		f.dropped = true
		if err := os.RemoveAll(temporary); err != nil {
			return nil, cannot(err)
		}
	}
	if err := os.Mkdir(temporary, 0o750); err != nil {
		return nil, cannot(err)
	}
	f.temporary = temporary
	return f, nil
}

// revive takes a run that was stopped, and that lies in its place with its reports, back to where it was written.
func (f *runFolder) revive() error {
	if _, err := os.Lstat(f.work("partial")); err == nil {
		return nil // it was gone on with already
	}
	text, err := os.ReadFile(filepath.Join(f.final, resumeFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	ours, _, err := evidence.Contents(f.final, workFolder)
	if err != nil {
		return err
	}
	asked := os.WriteFile(f.work(askedFile), text, 0o600) //nolint:gosec // the run folder that was named
	if err := errors.Join(asked, os.Mkdir(f.work("partial"), 0o750)); err != nil {
		return err
	}
	f.revived = true
	return f.move(f.final, f.work("partial"), ours)
}

// lieDown moves a run that was revived back to its place, if nothing of it was changed since.
func (f *runFolder) lieDown() {
	seal, err := evidence.ReadSeal(f.work("partial"))
	if err != nil {
		return
	}
	if changed, err := seal.Differences(f.work("partial")); err != nil || len(changed) > 0 {
		return
	}
	files, err := evidence.Files(f.work("partial"))
	if err != nil || f.move(f.work("partial"), f.final, files) != nil {
		return // it can be gone on with from where it is
	}
	_ = os.RemoveAll(f.work("partial"))
	_ = os.Remove(f.work(askedFile))
}

// work is a path inside the folder of those who write.
func (f *runFolder) work(names ...string) string {
	return filepath.Join(append([]string{f.final, workFolder}, names...)...)
}

// checkForeign refuses a folder that holds anything that Concord did not write, or, with force, that stands in the way.
func (f *runFolder) checkForeign(force bool) error {
	_, foreign, err := evidence.Contents(f.final, workFolder)
	if err != nil {
		return fmt.Errorf("run folder %s cannot be read: %w; choose another --out", f.final, err)
	}
	if len(foreign) == 0 {
		return nil
	}
	if !force {
		return fmt.Errorf("run folder %s: it holds what Concord did not write (%s); choose another --out, or --force to write beside it", f.final, some(foreign))
	}
	for _, name := range foreign {
		if taken(name) {
			return fmt.Errorf("run folder %s: %s is not Concord's and stands in the way; move it, or choose another --out", f.final, name)
		}
	}
	return nil
}

// taken reports whether a run writes a file of such a name, or everything in such a folder is evidence.
func taken(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	return slices.Contains([]string{
		reports.RunFile, reports.JUnitFile, reports.HTMLFile, reports.SummaryFile, evidence.SealFile, evidence.ManifestFile,
		reports.ExchangesFolder, evidence.InputsFolder, testReportFolder, proofFile, resumeFile,
	}, top)
}

// some names a few of many.
func some(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// recover finishes or takes back what a process that was killed while it moved a run into place had begun.
func (f *runFolder) recover() error {
	if _, err := os.Lstat(f.work("whole")); err == nil {
		return f.settle()
	}
	return f.restore()
}

// finish writes everything besides the exchanges, and moves the run to its place. closed closes the log of exchanges: what
// could not be kept of them is an error and no reason to lose the rest.
func (f *runFolder) finish(outcome result.Run, closed, further func() error) error {
	lost := closed()
	err := further()
	if err == nil {
		err = f.keepAsked()
	}
	if err == nil {
		err = reports.Write(f.temporary, outcome, reports.Options{Packed: true})
	}
	var seal evidence.Seal
	if err == nil {
		seal, err = evidence.MakeSeal(f.temporary)
	}
	if err == nil {
		err = seal.Write(f.temporary)
	}
	if err != nil {
		return f.keep(errors.Join(lost, err))
	}
	return errors.Join(lost, f.publish())
}

// keepAsked keeps beside a run that was stopped how it was asked for, so that it can be gone on with; a run that ended has none.
func (f *runFolder) keepAsked() error {
	if !f.stopped {
		if err := os.Remove(filepath.Join(f.temporary, resumeFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	text, err := os.ReadFile(f.work(askedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it was stopped before anything was asked
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(f.temporary, resumeFile), text, 0o600) //nolint:gosec // the folder that is written
}

// publish moves the whole run to its place. The earlier one is moved aside first and removed last. When it fails, the earlier
// run is where it was and the new one is left where it was written.
func (f *runFolder) publish() error {
	if err := evidence.WriteManifest(f.temporary); err != nil {
		return f.keep(err)
	}
	ours, _, err := evidence.Contents(f.final, workFolder)
	if err != nil {
		return f.keep(err)
	}
	if err := f.move(f.final, f.work("earlier"), ours); err != nil {
		return f.keep(errors.Join(err, f.restore()))
	}
	if err := os.Rename(f.temporary, f.work("whole")); err != nil {
		return f.keep(errors.Join(err, f.restore()))
	}
	f.temporary = f.work("whole")
	if err := f.settle(); err != nil {
		return f.keep(err)
	}
	f.temporary, f.published = "", true
	if f.made {
		if err := os.Chmod(f.final, 0o755); err != nil { //nolint:gosec // reports are made to be read by others
			return fmt.Errorf("finish run folder %s: %w", f.final, err)
		}
	}
	return nil
}

// settle moves what is whole into the run folder and removes the earlier run. What it has begun it can go on with.
func (f *runFolder) settle() error {
	files, err := evidence.Files(f.work("whole"))
	if err != nil {
		return err
	}
	// A folder is a run when it holds a run.json: it comes last.
	slices.SortStableFunc(files, func(a, b string) int { return last(a) - last(b) })
	if err := f.move(f.work("whole"), f.final, files); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(f.work("whole")), os.RemoveAll(f.work("earlier")))
}

func last(name string) int {
	if name == reports.RunFile {
		return 1
	}
	return 0
}

// restore moves an earlier run back to its place.
func (f *runFolder) restore() error {
	if _, err := os.Lstat(f.work("earlier")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	files, err := evidence.Files(f.work("earlier"))
	if err != nil {
		return err
	}
	return errors.Join(f.move(f.work("earlier"), f.final, files), os.RemoveAll(f.work("earlier")))
}

// move moves files from one folder to another, and removes the folders that are empty then.
func (f *runFolder) move(from, to string, files []string) error {
	var emptied []string
	for _, name := range files {
		target := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(from, filepath.FromSlash(name)), target); err != nil {
			return err
		}
		for dir := filepath.Dir(filepath.FromSlash(name)); dir != "."; dir = filepath.Dir(dir) {
			emptied = append(emptied, dir)
		}
	}
	// The deepest first; one that still holds something stays.
	slices.Sort(emptied)
	for _, dir := range slices.Backward(slices.Compact(emptied)) {
		_ = os.Remove(filepath.Join(from, dir))
	}
	return nil
}

// keep says where the run is when it could not be moved to its place, and sees to it that discard leaves it there.
func (f *runFolder) keep(cause error) error {
	written := f.temporary
	f.temporary = ""
	return fmt.Errorf("finish run folder %s: %w; the run is in %s", f.final, cause, written)
}

// discard removes what was not published, lets go of the lock, and leaves no folder that was made for nothing.
func (f *runFolder) discard() {
	if f.revived && !f.published {
		f.lieDown()
	}
	if f.temporary != "" && !f.resumed {
		_ = os.RemoveAll(f.temporary)
	}
	if f.published || f.temporary != "" && !f.resumed {
		_ = os.Remove(f.work(askedFile))
	}
	if f.lock != nil {
		_ = f.lock.Release()
		f.lock = nil
	}
	_ = os.Remove(f.work()) // unless a run was kept in it
	if f.made && !f.published {
		_ = os.Remove(f.final)
	}
}
