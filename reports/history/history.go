package history

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/compare"
)

// Point is one run.
type Point struct {
	// Folder is where the run lies, as a path in the directory with slashes.
	Folder   string         `json:"folder"`
	Run      string         `json:"run"`
	Started  time.Time      `json:"started"`
	Outcome  result.Outcome `json:"outcome"`
	Sentence string         `json:"sentence"`
	// LeftOut says what a person chose not to ask; empty for a run over everything.
	LeftOut string `json:"leftOut,omitempty"`
	// Mock says that no system but Concord's own mocks was asked.
	Mock    bool     `json:"mock,omitempty"`
	Systems []System `json:"systems"`
	Areas   []Area   `json:"areas,omitempty"`
	// Changed is what is not as it was in the run before, which may be why results are not.
	Changed []compare.Party `json:"changedSinceBefore,omitempty"`
}

// System is what a run says of one system.
type System struct {
	Name    string         `json:"name"`
	Outcome result.Outcome `json:"outcome"`
	Counts  result.Counts  `json:"counts"`
}

// Area is how many providers of an integrated care system one system showed.
type Area struct {
	ICS    string `json:"ics"`
	System string `json:"system"`
	Shown  int    `json:"shown"`
	Of     int    `json:"of"`
}

// History is the runs of a directory, oldest first.
type History struct {
	Points []Point `json:"runs"`
	// Problems name what looks like a run and cannot be read.
	Problems []string `json:"problems"`
}

// mostRuns bounds how many runs are read; the latest by the names of their folders are.
const mostRuns = 1000

// Folders lists the run folders in a directory, at most three deep and in order: those that hold a run.json.
func Folders(dir string) ([]string, error) {
	var folders []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path == dir:
			return fmt.Errorf("read runs in %s: %w", dir, err)
		case err != nil:
			return nil //nolint:nilerr // a folder that may not be read holds no run for this reader
		case entry.IsDir():
			inside, err := filepath.Rel(dir, path)
			if err == nil && strings.Count(filepath.ToSlash(inside), "/") >= 3 || entry.Name() == reports.ExchangesFolder {
				return filepath.SkipDir
			}
		case entry.Name() == reports.RunFile && entry.Type().IsRegular():
			folders = append(folders, filepath.Dir(path))
		}
		return nil
	})
	slices.Sort(folders)
	return folders, err
}

// Read reads the runs in a directory and its folders, at most three deep and one in memory at a time. The same run in two folders
// counts once. It is an error when there is none.
func Read(dir string) (History, error) {
	folders, err := Folders(dir)
	if err != nil {
		return History{}, err
	}
	h := History{Points: []Point{}, Problems: []string{}}
	if left := len(folders) - mostRuns; left > 0 {
		h.Problems = append(h.Problems, fmt.Sprintf("%d runs are left out, because at most %d are read: name a folder with fewer", left, mostRuns))
		folders = folders[left:]
	}
	heads := map[string]result.Run{}
	for _, folder := range folders {
		run, err := reports.Load(folder)
		if err != nil {
			h.Problems = append(h.Problems, err.Error())
			continue
		}
		if _, twice := heads[run.ID]; twice {
			continue
		}
		name, err := filepath.Rel(dir, folder)
		if err != nil {
			name = folder
		}
		h.Points = append(h.Points, pointOf(filepath.ToSlash(name), run))
		run.Results, run.Checks, run.Providers, run.Requirements, run.Parameters, run.Capabilities = nil, nil, nil, nil, nil, nil
		heads[run.ID] = run
	}
	if len(h.Points) == 0 {
		return History{}, fmt.Errorf("there is no run in %s that can be read: name the folder that your run folders are in%s", dir, strings.Join(append([]string{""}, h.Problems...), "; "))
	}
	slices.SortStableFunc(h.Points, func(a, b Point) int { return a.Started.Compare(b.Started) })
	for i := range h.Points[1:] {
		h.Points[i+1].Changed = compare.Parties(heads[h.Points[i].Run], heads[h.Points[i+1].Run])
	}
	return h, nil
}

// pointOf sums a run up.
func pointOf(folder string, run result.Run) Point {
	p := Point{Folder: folder, Run: run.ID, Started: run.StartedAt.UTC(), Outcome: run.Verdict.Outcome, Sentence: run.Verdict.Sentence, LeftOut: run.LeftOut(), Mock: len(run.Systems) > 0}
	for _, s := range run.Systems {
		p.Mock = p.Mock && s.Mock
		part := run.Of(s.Name)
		p.Systems = append(p.Systems, System{s.Name, part.Verdict.Outcome, part.Verdict.Counts})
		p.Areas = append(p.Areas, areas(part)...)
	}
	return p
}

// areas counts the providers that a system showed: those of whom everything that was asked is demonstrated. Providers of the stress
// profile are never counted with the others.
func areas(part result.Run) []Area {
	said := map[string][]result.Status{}
	for _, r := range part.Results {
		if r.Scope.Provider != "" {
			said[r.Scope.Provider] = append(said[r.Scope.Provider], r.Status)
		}
	}
	if len(said) == 0 {
		return nil
	}
	at := map[string]int{}
	var all []Area
	for _, p := range part.Providers {
		if p.Apart {
			continue
		}
		i, known := at[p.ICS]
		if !known {
			i = len(all)
			at[p.ICS] = i
			all = append(all, Area{ICS: p.ICS, System: part.Systems[0].Name})
		}
		all[i].Of++
		if worst := result.RollUp(said[p.ODS]...); worst == result.Pass || worst == result.Warning {
			all[i].Shown++
		}
	}
	slices.SortFunc(all, func(a, b Area) int { return strings.Compare(a.ICS, b.ICS) })
	return all
}
