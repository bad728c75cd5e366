package fetch

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// counted reads at most so many bytes and says whether there were more.
type counted struct {
	from     io.Reader
	left     int64
	exceeded bool
}

var errTooLarge = errors.New("too large")

func (c *counted) Read(p []byte) (int, error) {
	if c.left <= 0 {
		// The end of the input is no excess.
		n, err := c.from.Read(p[:min(len(p), 1)])
		if n > 0 {
			c.exceeded = true
			return 0, errTooLarge
		}
		return 0, err
	}
	n, err := c.from.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// unpack writes the files of an archive (gzipped tar) below a folder and returns how many there are. The archive is refused
// as a whole when a path leads out of it, when it holds anything but files and folders, when a path occurs twice, and
// when it is larger than the limits.
func unpack(archive io.Reader, folder string, limits Limits) (files int, err error) {
	zip, err := gzip.NewReader(archive)
	if err != nil {
		return 0, fmt.Errorf("it is not a gzipped archive: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	bounded := &counted{from: zip, left: limits.Unpacked}
	reader := tar.NewReader(bounded)
	for {
		head, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err == nil {
			if files >= limits.Files {
				return 0, fmt.Errorf("it holds more than %d files", limits.Files)
			}
			var written bool
			written, err = unpackOne(root, head, reader)
			if written {
				files++
			}
		}
		if bounded.exceeded {
			return 0, fmt.Errorf("it unpacks to more than %s", size(limits.Unpacked))
		}
		if err != nil {
			return 0, err
		}
	}
}

// unpackOne writes one entry of an archive and says whether it was a file.
func unpackOne(root *os.Root, head *tar.Header, content io.Reader) (bool, error) {
	if head.Typeflag == tar.TypeXGlobalHeader {
		return false, nil // what tools such as git say of the whole archive
	}
	if !local(head.Name) {
		return false, fmt.Errorf("it holds the path %q, which leads out of the package or is not portable; do not use this package", head.Name)
	}
	name := filepath.FromSlash(path.Clean(head.Name))
	switch head.Typeflag {
	case tar.TypeDir:
		return false, root.MkdirAll(name, 0o750)
	case tar.TypeReg:
	default:
		return false, fmt.Errorf("it holds %q, which is neither a file nor a folder; do not use this package", head.Name)
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return false, fmt.Errorf("%s: %w", head.Name, err)
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return false, fmt.Errorf("it holds the path %q twice", head.Name)
	}
	if err != nil {
		return false, err
	}
	_, err = io.Copy(file, content)
	if err = errors.Join(err, file.Close()); err != nil {
		return false, fmt.Errorf("unpack %s: %w", head.Name, err)
	}
	return true, nil
}

// local says whether a path of an archive stays within it on every system.
func local(name string) bool {
	return !strings.ContainsAny(name, "\\:\x00") && !slices.Contains(strings.Split(name, "/"), "..") &&
		filepath.IsLocal(filepath.FromSlash(path.Clean(name))) && !path.IsAbs(name)
}
