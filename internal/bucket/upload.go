package bucket

import (
	"context"
	"crypto/md5" //nolint:gosec // what S3 calls a part by, not what is relied on
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
)

// Upload copies a folder into storage. Files that are there with the same content are not sent again. The files named last are
// sent when all others are there, in their order, wherever in the folder they are. What lies at the place besides the folder is
// removed where it is an earlier whole folder, which the last of them shows, and is an error otherwise.
func (p *Place) Upload(ctx context.Context, dir string, last ...string) (Copied, error) {
	var done Copied
	names, err := filesOf(dir)
	if err != nil {
		return done, fmt.Errorf("upload %s: %w", dir, err)
	}
	slices.SortStableFunc(names, func(a, b string) int { return slices.Index(last, path.Base(a)) - slices.Index(last, path.Base(b)) })
	if err := p.makeWay(ctx, names, last); err != nil {
		return done, fmt.Errorf("upload %s to %s: %w", dir, p, told(err))
	}
	for _, name := range names {
		sent, size, err := p.send(ctx, filepath.Join(dir, filepath.FromSlash(name)), p.key(name))
		if err != nil {
			return done, fmt.Errorf("upload %s to %s: %w; what was sent is not sent again", name, p, told(err))
		}
		done.Files++
		if sent {
			done.Sent++
			done.Bytes += size
		}
	}
	return done, nil
}

// makeWay removes what is there of an earlier folder and has no place in this one: together they would be neither.
func (p *Place) makeWay(ctx context.Context, names, last []string) error {
	within := p.within()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var besides []string
	whole := false
	for object := range p.core.Client.ListObjects(ctx, p.bucket, minio.ListObjectsOptions{Prefix: within, Recursive: true}) {
		if object.Err != nil {
			return object.Err
		}
		name := strings.TrimPrefix(object.Key, within)
		whole = whole || len(last) > 0 && name == last[len(last)-1]
		if !slices.Contains(names, name) {
			besides = append(besides, object.Key)
		}
	}
	if len(besides) > 0 && !whole {
		return fmt.Errorf("it holds %d objects that are not of this folder, such as %q, and no %s: name a place of its own", len(besides), besides[0], strings.Join(last, " or "))
	}
	for _, key := range besides {
		if err := p.core.Client.RemoveObject(ctx, p.bucket, key, minio.RemoveObjectOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// filesOf lists the regular files of a folder by their paths in it, with slashes. Anything else in it is an error: it would
// be missing from the copy.
func filesOf(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is no regular file", path)
		}
		name, err := filepath.Rel(dir, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if err == nil && len(names) == 0 {
		err = errors.New("it holds no file")
	}
	return names, err
}

func (p *Place) send(ctx context.Context, path, key string) (sent bool, size int64, err error) {
	file, err := os.Open(path) //nolint:gosec // a file of the folder that somebody named
	if err != nil {
		return false, 0, err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if size, err = io.Copy(sum, file); err != nil {
		return false, 0, err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	there, err := p.core.Client.StatObject(ctx, p.bucket, key, minio.StatObjectOptions{})
	if err == nil && there.Size == size && there.UserMetadata[digestKey] == digest {
		return false, size, nil
	}
	if err != nil && minio.ToErrorResponse(err).StatusCode != 404 {
		return false, 0, err
	}
	// Storage holds what arrives against its MD5, and whoever fetches it against its SHA-256: it is not hashed once more to be signed.
	options := minio.PutObjectOptions{
		UserMetadata: map[string]string{digestKey: digest}, ContentType: "application/octet-stream", SendContentMd5: true, DisableContentSha256: true, DisableMultipart: true,
	}
	if size > p.part {
		return true, size, p.sendParts(ctx, file, size, key, options, true)
	}
	var content io.Reader = io.NewSectionReader(file, 0, size)
	if size == 0 {
		content = http.NoBody // so that its length is said
	}
	_, err = p.core.Client.PutObject(ctx, p.bucket, key, content, size, options)
	return true, size, err
}

// sendParts sends a large file in parts; with resume, of an upload that was broken off those that are not there.
func (p *Place) sendParts(ctx context.Context, file *os.File, size int64, key string, options minio.PutObjectOptions, resume bool) error {
	// The largest number of parts is 10,000.
	part := max(p.part, (size+9_999)/10_000)
	var upload string
	var there map[int]minio.ObjectPart
	var err error
	if resume {
		if upload, there, err = p.begun(ctx, key); err != nil {
			return err
		}
	}
	if upload == "" {
		if upload, err = p.core.NewMultipartUpload(ctx, p.bucket, key, options); err != nil {
			return err
		}
	}
	var parts []minio.CompletePart
	for number, at := 1, int64(0); at < size; number, at = number+1, at+part {
		long := min(part, size-at)
		sum := md5.New() //nolint:gosec // as above
		if _, err := io.Copy(sum, io.NewSectionReader(file, at, long)); err != nil {
			return err
		}
		md5sum := sum.Sum(nil)
		tag := hex.EncodeToString(md5sum)
		if known := there[number]; strings.Trim(known.ETag, `"`) != tag || known.Size != long {
			sent, err := p.core.PutObjectPart(ctx, p.bucket, key, upload, number, io.NewSectionReader(file, at, long), long, minio.PutObjectPartOptions{
				Md5Base64: base64.StdEncoding.EncodeToString(md5sum), DisableContentSha256: true,
			})
			if err != nil {
				return err
			}
			tag = sent.ETag
		}
		parts = append(parts, minio.CompletePart{PartNumber: number, ETag: tag})
	}
	_, err = p.core.CompleteMultipartUpload(ctx, p.bucket, key, upload, parts, options)
	if err != nil {
		return err
	}
	// The metadata are those of the upload that was begun, maybe for an earlier file of this name: what is there says which.
	now, err := p.core.Client.StatObject(ctx, p.bucket, key, minio.StatObjectOptions{})
	switch {
	case err != nil:
		return err
	case now.UserMetadata[digestKey] == options.UserMetadata[digestKey]:
		return nil
	case resume:
		return p.sendParts(ctx, file, size, key, options, false)
	}
	return errors.New("the object storage does not keep the metadata of an object")
}

// begun finds an upload of an object that was broken off, the latest, and its parts.
func (p *Place) begun(ctx context.Context, key string) (string, map[int]minio.ObjectPart, error) {
	list, err := p.core.ListMultipartUploads(ctx, p.bucket, key, "", "", "", 1000)
	if minio.ToErrorResponse(err).Code == minio.NoSuchUpload {
		return "", nil, nil // so some storage says that there is none
	}
	if err != nil {
		return "", nil, err
	}
	var latest minio.ObjectMultipartInfo
	for _, one := range list.Uploads {
		if one.Key == key && (latest.UploadID == "" || one.Initiated.After(latest.Initiated)) {
			latest = one
		}
	}
	there := map[int]minio.ObjectPart{}
	if latest.UploadID == "" {
		return "", there, nil
	}
	for marker := 0; ; {
		parts, err := p.core.ListObjectParts(ctx, p.bucket, key, latest.UploadID, marker, 1000)
		if err != nil {
			return "", nil, err
		}
		for _, part := range parts.ObjectParts {
			there[part.PartNumber] = part
		}
		if !parts.IsTruncated || parts.NextPartNumberMarker <= marker {
			return latest.UploadID, there, nil
		}
		marker = parts.NextPartNumberMarker
	}
}
