package profiles

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"concord.example/concord/profiles/definition"
)

// Cache is a folder of packages that were read before, each compiled to its facts and named after its content, so that a
// changed package is another one. What is missing, damaged or cannot be written is read from the package as if there were
// no cache.
type Cache struct {
	// Folder is where the compiled packages are; empty means that nothing is kept.
	Folder string
	// Build names the program that reads them, as another one may read a package differently.
	Build string
}

const (
	compiledEnding = ".definitions"
	// mostCompiled is how many packages are kept; those that were used longest ago go first.
	mostCompiled = 24
)

// With is Registry.With for one path, by way of the cache.
func (c Cache) With(r *Registry, path string) (*Registry, error) {
	if c.Folder == "" {
		return r.With(path)
	}
	key, err := c.key(path)
	if err != nil {
		return r.With(path) // which says what is wrong
	}
	name := filepath.Join(c.Folder, key+compiledEnding)
	set := definition.NewSet()
	if data, err := os.ReadFile(name); err == nil && set.AddCompiled(data) == nil { //nolint:gosec // its name is a hash
		c.used(name)
		return newRegistry(r, set), nil
	}
	set = definition.NewSet()
	set.XML = r.DecodeXML
	if err := set.AddPath(path); err != nil {
		return nil, err //nolint:wrapcheck // it names the path
	}
	c.keep(name, set)
	return newRegistry(r, set), nil
}

// key hashes the content of a file, or of all files below a folder with their names.
func (c Cache) key(path string) (string, error) {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s\n", c.Build) // a hash takes everything
	info, err := os.Stat(path)
	if err != nil {
		return "", err //nolint:wrapcheck // the caller reads the path again and says what is wrong
	}
	if !info.IsDir() {
		_, _ = fmt.Fprintf(sum, "%s\n", filepath.Base(path))
		if err := addFile(sum, path); err != nil {
			return "", err
		}
		return hex.EncodeToString(sum.Sum(nil)), nil
	}
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		relative, err := filepath.Rel(path, name)
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		_, _ = fmt.Fprintf(sum, "\x00%s\x00", filepath.ToSlash(relative))
		return addFile(sum, name)
	})
	return hex.EncodeToString(sum.Sum(nil)), err //nolint:wrapcheck // as above
}

func addFile(sum hash.Hash, name string) error {
	file, err := os.Open(name) //nolint:gosec // the path is the one that the user asked to be read
	if err != nil {
		return err //nolint:wrapcheck // the caller reads the path again and says what is wrong
	}
	defer file.Close() //nolint:errcheck // the file is only read
	_, err = io.Copy(sum, file)
	return err //nolint:wrapcheck // as above
}

// keep writes a set into the cache, whole or not at all. A cache that cannot be written is no error: it only saves time.
func (c Cache) keep(name string, set *definition.Set) {
	if os.MkdirAll(c.Folder, 0o700) != nil {
		return
	}
	file, err := os.CreateTemp(c.Folder, "*.part")
	if err != nil {
		return
	}
	err = errors.Join(set.WriteCompiled(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return
	}
	c.prune()
}

// used notes that a compiled package is in use.
func (c Cache) used(name string) {
	now := time.Now()
	_ = os.Chtimes(name, now, now) // at worst it is pruned early
}

// prune removes the compiled packages that were used longest ago.
func (c Cache) prune() {
	entries, err := os.ReadDir(c.Folder)
	if err != nil {
		return
	}
	var kept []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && strings.HasSuffix(e.Name(), compiledEnding) {
			kept = append(kept, info)
		}
	}
	slices.SortFunc(kept, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range kept[min(len(kept), mostCompiled):] {
		_ = os.Remove(filepath.Join(c.Folder, info.Name())) // at worst it stays
	}
}
