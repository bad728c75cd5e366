package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// resourceFiles turns the arguments into a list of files; folders are read to the bottom, in the order of their names.
func resourceFiles(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		if arg == "-" {
			files = append(files, arg)
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg, reason(err))
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		before := len(files)
		err = filepath.WalkDir(arg, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && holdsResource(entry.Name()) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read folder %s: %w", arg, reason(err))
		}
		if len(files) == before {
			return nil, fmt.Errorf("folder %s holds no .json or .xml file, so there is nothing to validate", arg)
		}
	}
	return files, nil
}

// holdsResource says whether a file of a folder is one to validate. package.json is npm's, not FHIR's.
func holdsResource(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return name != "package.json"
	case ".xml":
		return true
	default:
		return false
	}
}

// maxResource is the largest text that is read as one resource.
const maxResource = 256 << 20

func readInput(stdin io.Reader, file string) ([]byte, error) {
	reader, size := stdin, int64(0)
	if file != "-" {
		opened, err := os.Open(file) //nolint:gosec // the person names the file
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, reason(err))
		}
		defer opened.Close() //nolint:errcheck // it was only read
		reader = opened
		if info, err := opened.Stat(); err == nil && info.Mode().IsRegular() {
			size = min(info.Size(), maxResource)
		}
	}
	var text bytes.Buffer
	text.Grow(int(size) + bytes.MinRead) // so that a large file is not copied time and again while it is read
	if _, err := text.ReadFrom(io.LimitReader(reader, maxResource+1)); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, reason(err))
	}
	data := text.Bytes()
	if len(data) > maxResource {
		return nil, fmt.Errorf("%s is larger than %d MB; split it", file, maxResource>>20)
	}
	return data, nil
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
func looksXML(data []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte(fhir.ByteOrderMark)), " \t\r\n")
	return len(text) > 0 && text[0] == '<'
}

// notXML is the finding on a file that is named .xml and holds something else, or nil. Whether a text is judged as XML or
// JSON depends on the text alone, and the complaints of a JSON reader would not help who meant to write XML.
func notXML(file string, data []byte) []result.Finding {
	if !strings.EqualFold(filepath.Ext(file), ".xml") || looksXML(data) {
		return nil
	}
	message := "the file is named .xml but does not begin with \"<\""
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		message = "the document is empty"
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		message = "the text is UTF-16; FHIR is exchanged in UTF-8, so save it as that"
	}
	return []result.Finding{{
		Rule: profiles.RuleXML, Severity: result.Fatal, Code: "structure", Line: 1, Column: 1,
		Message: "this is not XML that FHIR allows: " + message,
	}}
}

// typesIn lists the types of the resources of a text: the root, and the entries of a Bundle at any depth. What cannot be
// read has none.
func typesIn(registry *profiles.Registry, data []byte) []string {
	var tree any
	var err error
	if looksXML(data) {
		tree, err = registry.DecodeXML(data)
	} else {
		tree, _, err = fhir.DecodeRepeated(data)
	}
	if err != nil {
		return nil
	}
	return appendTypes(nil, tree)
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
