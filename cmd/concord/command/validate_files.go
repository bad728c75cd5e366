package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// resourceFiles turns the arguments into a list of files; folders are read to the bottom, in the order of their names. unread are
// the files of the folders that are not read.
func resourceFiles(args []string) (files, unread []string, err error) {
	for _, arg := range args {
		if arg == "-" {
			files = append(files, arg)
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", arg, reason(err))
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		before := len(files)
		err = filepath.WalkDir(arg, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil || entry.IsDir():
			case holdsResource(entry.Name()) && !ownManifest(path):
				files = append(files, path)
			default:
				unread = append(unread, path)
			}
			return err
		})
		if err != nil {
			return nil, nil, fmt.Errorf("read folder %s: %w", arg, reason(err))
		}
		if len(files) == before {
			return nil, nil, fmt.Errorf("folder %s holds no .json, .ndjson or .xml file, so there is nothing to validate", arg)
		}
	}
	return files, unread, nil
}

// holdsResource says whether a file of a folder is one to validate. package.json is npm's, not FHIR's.
func holdsResource(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return name != "package.json"
	case ".xml", ".ndjson":
		return true
	default:
		return false
	}
}

// ownManifest reports whether a file is the list that Concord writes beside what it exports, and no resource.
func ownManifest(path string) bool {
	if filepath.Base(path) != evidence.ManifestFile {
		return false
	}
	file, err := os.Open(path) //nolint:gosec // in a folder that the person named
	if err != nil {
		return false
	}
	defer file.Close() //nolint:errcheck // it was only read
	var head struct {
		ResourceType *string `json:"resourceType"`
	}
	err = json.NewDecoder(io.LimitReader(file, 16<<20)).Decode(&head)
	return err == nil && head.ResourceType == nil
}

// sayUnread says which files of the folders were not read, so that nobody takes them for judged.
func sayUnread(s streams, unread []string) {
	if len(unread) == 0 {
		return
	}
	counts := map[string]int{}
	for _, path := range unread {
		kind := filepath.Ext(path)
		if kind == ".json" || kind == "" {
			kind = filepath.Base(path)
		}
		counts[visible(kind)]++
	}
	var kinds []string
	for kind, n := range counts {
		kinds = append(kinds, fmt.Sprintf("%s (%d)", kind, n))
	}
	slices.Sort(kinds)
	if more := len(kinds) - 10; more > 0 {
		kinds = append(kinds[:10], fmt.Sprintf("and %d more kinds", more))
	}
	_, _ = fmt.Fprintf(s.err, "not read, because they hold no resource: %s\n", strings.Join(kinds, ", "))
}

// maxResource is the largest text that is read as one resource.
const maxResource = 256 << 20

// readInput reads a file, or standard input for "-". The text is that of the file itself, not a copy of it.
func readInput(stdin io.Reader, file string) (string, error) {
	reader, size := stdin, int64(0)
	if file != "-" {
		opened, err := os.Open(file) //nolint:gosec // the person names the file
		if err != nil {
			return "", fmt.Errorf("%s: %w", file, reason(err))
		}
		defer opened.Close() //nolint:errcheck // it was only read
		reader = opened
		if info, err := opened.Stat(); err == nil && info.Mode().IsRegular() {
			size = min(info.Size(), maxResource)
		}
	}
	var text strings.Builder
	text.Grow(int(size)) // so that a large file is not copied time and again while it is read
	if _, err := io.Copy(&text, io.LimitReader(reader, maxResource+1)); err != nil {
		return "", fmt.Errorf("read %s: %w", file, reason(err))
	}
	if text.Len() > maxResource {
		return "", fmt.Errorf("%s is larger than %d MB; split it", file, maxResource>>20)
	}
	return text.String(), nil
}

// reason takes the path out of a file error, because the message around it names the path already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// looksXML says whether a text begins as XML does.
func looksXML(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(text, fhir.ByteOrderMark), " \t\r\n"), "<")
}

// notXML is the finding on a file that is named .xml and holds something else, or nil. Whether a text is judged as XML or
// JSON depends on the text alone, and the complaints of a JSON reader would not help who meant to write XML.
func notXML(file, text string) []result.Finding {
	if !strings.EqualFold(filepath.Ext(file), ".xml") || looksXML(text) {
		return nil
	}
	message := "the file is named .xml but does not begin with \"<\""
	switch {
	case strings.TrimSpace(text) == "":
		message = "the document is empty"
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		message = "the text is UTF-16; FHIR is exchanged in UTF-8, so save it as that"
	}
	return []result.Finding{{
		Rule: profiles.RuleXML, Severity: result.Fatal, Code: "structure", Line: 1, Column: 1,
		Message: "this is not XML that FHIR allows: " + message,
	}}
}

// typesIn lists the types of the resources of a text: the root, and the entries of a Bundle at any depth. What cannot be
// read has none.
func typesIn(registry *profiles.Registry, text string) []string {
	if len(text) > largeText {
		if bundle, ok := fhir.OpenBundle(text); ok {
			return typesOf(bundle)
		}
	}
	var tree any
	var err error
	if looksXML(text) {
		tree, err = registry.DecodeXML([]byte(text))
	} else {
		tree, _, err = fhir.DecodeRepeated([]byte(text))
	}
	if err != nil {
		return nil
	}
	return appendTypes(nil, tree)
}

// typesOf is typesIn for a Bundle whose entries are read one at a time.
func typesOf(bundle *fhir.BundleText) []string {
	types := []string{"Bundle"}
	for i, e := range bundle.Entries {
		if e.Type != "Bundle" {
			if e.Type != "" {
				types = append(types, e.Type)
			}
			continue
		}
		entry, ok := bundle.Entry(i)
		if !ok {
			return nil
		}
		types = appendTypes(types, entry["resource"])
		bundle.Close(i)
	}
	return types
}

func appendTypes(types []string, tree any) []string {
	resource, _ := tree.(map[string]any)
	typ, _ := resource["resourceType"].(string)
	if typ == "" {
		return types
	}
	types = append(types, typ)
	entries, _ := resource["entry"].([]any)
	for _, entry := range entries {
		if object, isObject := entry.(map[string]any); isObject {
			types = appendTypes(types, object["resource"])
		}
	}
	return types
}
