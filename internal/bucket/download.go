package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
)

// partial is what a file is called until it is whole.
const partial = ".concord-partial"

// Download copies everything beneath the place into a folder, which is made. Files that are there with the same content are not
// fetched again.
func (p *Place) Download(ctx context.Context, dir string) (done Copied, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return done, fmt.Errorf("download: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return done, fmt.Errorf("download: %w", err)
	}
	defer func() { _ = root.Close() }()
	within := p.within()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for object := range p.core.Client.ListObjects(ctx, p.bucket, minio.ListObjectsOptions{Prefix: within, Recursive: true}) {
		if object.Err != nil {
			return done, fmt.Errorf("list %s: %w", p, told(object.Err))
		}
		name := strings.TrimPrefix(object.Key, within)
		if strings.HasSuffix(name, "/") {
			continue // what some clients make for a folder
		}
		if !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00:") {
			return done, fmt.Errorf("%s holds an object whose name is no path: %q", p, name)
		}
		sent, size, err := p.fetch(ctx, root, object.Key, name)
		if err != nil {
			return done, fmt.Errorf("download %s from %s: %w; what was fetched is not fetched again", name, p, told(err))
		}
		done.Files++
		if sent {
			done.Sent++
			done.Bytes += size
		}
	}
	if done.Files == 0 {
		return done, fmt.Errorf("%s holds nothing", p)
	}
	return done, nil
}

func (p *Place) fetch(ctx context.Context, root *os.Root, key, name string) (sent bool, size int64, err error) {
	info, err := p.core.Client.StatObject(ctx, p.bucket, key, minio.StatObjectOptions{})
	if err != nil {
		return false, 0, err
	}
	digest := info.UserMetadata[digestKey]
	if digest == "" {
		return false, 0, errors.New("nothing says its SHA-256, so it was not sent by Concord")
	}
	if have, err := hashOf(root, name); err == nil && have == digest {
		return false, info.Size, nil
	}
	object, err := p.core.Client.GetObject(ctx, p.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return false, 0, err
	}
	defer func() { _ = object.Close() }()
	if folder := path.Dir(name); folder != "." {
		if err := root.MkdirAll(folder, 0o750); err != nil {
			return false, 0, err
		}
	}
	file, err := root.OpenFile(name+partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return false, 0, err
	}
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(file, sum), object)
	if err = errors.Join(err, file.Close()); err == nil && hex.EncodeToString(sum.Sum(nil)) != digest {
		err = errors.New("it is not what was sent: its SHA-256 is another")
	}
	if err != nil {
		return false, 0, errors.Join(err, root.Remove(name+partial))
	}
	return true, size, root.Rename(name+partial, name)
}

func hashOf(root *os.Root, name string) (string, error) {
	file, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	return hex.EncodeToString(sum.Sum(nil)), err
}
