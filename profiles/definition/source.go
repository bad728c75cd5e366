package definition

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"concord.example/concord/internal/fhir"
)

const (
	// maxFile and maxPackage bound the bytes read of one file and of one package.
	maxFile    = 64 << 20
	maxPackage = 2 << 30
)

// AddPath adds definitions from a JSON or XML file, a folder of such files (or a folder that holds a folder "package", as an
// unpacked FHIR package does), or a FHIR package as a .tgz file. XML is read where the set has a reader of it.
func (s *Set) AddPath(name string) error {
	defer s.hashing()()
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("read definitions: %w", err)
	}
	switch {
	case info.IsDir():
		return s.addFolder(name)
	case strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz"):
		file, err := os.Open(name) //nolint:gosec // the path is the one that the user asked to be read
		if err != nil {
			return fmt.Errorf("read definitions: %w", err)
		}
		defer file.Close() //nolint:errcheck // the file is only read
		return s.AddTarball(file, filepath.Base(name))
	default:
		return s.addFile(name)
	}
}

// hashing begins to hash what is read, unless that has begun. What it returns gives the hash to the packages that were found
// meanwhile.
func (s *Set) hashing() (done func()) {
	if s.read != nil {
		return func() {}
	}
	s.read = sha256.New()
	found := len(s.Packages)
	return func() {
		for i := range s.Packages[found:] {
			s.Packages[found+i].Hash = hex.EncodeToString(s.read.Sum(nil))
		}
		s.read = nil
	}
}

func (s *Set) addFolder(name string) error {
	folder := name
	if info, err := os.Stat(filepath.Join(name, "package")); err == nil && info.IsDir() {
		folder = filepath.Join(name, "package")
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("read definitions: %w", err)
	}
	found := 0
	for _, e := range entries {
		if e.IsDir() || !s.holds(e.Name()) {
			continue
		}
		found++
		if err := s.addFile(filepath.Join(folder, e.Name())); err != nil {
			return err
		}
	}
	if found == 0 {
		return fmt.Errorf("read definitions: folder %s holds no .json or .xml file; name the folder of the package itself", folder)
	}
	return nil
}

// holds says whether a file of a package can be a definition.
func (s *Set) holds(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".json":
		return name != ".index.json"
	case ".xml":
		return s.XML != nil
	default:
		return false
	}
}

func (s *Set) addFile(name string) error {
	file, err := os.Open(name) //nolint:gosec // the path is the one that the user asked to be read
	if err != nil {
		return fmt.Errorf("read definitions: %w", err)
	}
	defer file.Close() //nolint:errcheck // the file is only read
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return fmt.Errorf("read definitions %s: %w", name, err)
	}
	return s.addBytes(name, data)
}

// AddTarball adds the definitions of a FHIR package (gzipped tar, files under "package/"). Examples and other folders of
// the package are left out. A package with a path that leads out of it is refused as a whole.
func (s *Set) AddTarball(r io.Reader, name string) error {
	defer s.hashing()()
	zip, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("read package %s: %w", name, err)
	}
	type file struct {
		name string
		data []byte
	}
	var files []file
	archive := tar.NewReader(io.LimitReader(zip, maxPackage))
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read package %s: %w", name, err)
		}
		clean := path.Clean(strings.ReplaceAll(head.Name, `\`, "/"))
		if path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") || strings.Contains(head.Name, "..") {
			return fmt.Errorf("read package %s: it holds the path %q, which leads out of the package; do not use this package", name, head.Name)
		}
		folder, base := path.Split(clean)
		if head.Typeflag != tar.TypeReg || folder != "package/" || !s.holds(base) {
			continue
		}
		if head.Size > maxFile {
			return fmt.Errorf("read package %s: %s is larger than %d MB", name, clean, maxFile>>20)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return fmt.Errorf("read package %s: %s: %w", name, clean, err)
		}
		files = append(files, file{name + "/" + clean, data})
	}
	sort.Slice(files, func(i, j int) bool { return files[i].name < files[j].name })
	for _, f := range files {
		if err := s.addBytes(f.name, f.data); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) addBytes(name string, data []byte) error {
	if s.read != nil {
		_, _ = fmt.Fprintf(s.read, "%s %d\n", path.Base(filepath.ToSlash(name)), len(data)) // a hash never fails to write
		_, _ = s.read.Write(data)
	}
	m, err := s.decode(name, data)
	if m == nil || err != nil {
		return err
	}
	if path.Base(filepath.ToSlash(name)) == "package.json" && text(m, "resourceType") == "" {
		s.Packages = append(s.Packages, Package{Name: text(m, "name"), Version: text(m, "version")})
		return nil
	}
	if text(m, "resourceType") == "Bundle" {
		for _, e := range objects(m, "entry") {
			if r := object(e, "resource"); r != nil {
				if _, err := s.AddResource(r); err != nil {
					return fmt.Errorf("read definitions %s: %w", name, err)
				}
			}
		}
		return nil
	}
	if _, err := s.AddResource(m); err != nil {
		return fmt.Errorf("read definitions %s: %w", name, err)
	}
	return nil
}

// decode reads a file as JSON or XML. XML that is not FHIR's is nothing.
func (s *Set) decode(name string, data []byte) (map[string]any, error) {
	var m map[string]any
	var err error
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte(fhir.ByteOrderMark)), " \t\r\n")
	switch isXML := len(text) > 0 && text[0] == '<'; {
	case !isXML:
		m, err = fhir.DecodeObject(data)
	case s.XML == nil:
		err = errors.New("it is XML; only JSON is read here")
	case !bytes.Contains(data, []byte("http://hl7.org/fhir")):
		return nil, nil
	default:
		m, err = s.XML(data)
	}
	if err != nil {
		return nil, fmt.Errorf("read definitions %s: %w", name, err)
	}
	return m, nil
}

// AddCached adds a package from a FHIR package cache, where "name#version" is the name of its folder.
func (s *Set) AddCached(cache, name string) error {
	if strings.ContainsAny(name, `/\`) || strings.Contains(name, "..") || !strings.Contains(name, "#") {
		return fmt.Errorf("read package %q: write its name as name#version", name)
	}
	folder := filepath.Join(cache, name)
	if _, err := os.Stat(folder); err != nil {
		return fmt.Errorf("read package %s: it is not in the package cache %s: %w", name, cache, err)
	}
	return s.addFolder(folder)
}
