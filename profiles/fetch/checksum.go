package fetch

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // the npm protocol states it; a stronger one is checked as well where there is one
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
)

// checksum is one checksum that a registry states of an archive, and the bytes seen so far.
type checksum struct {
	algorithm string
	seen      hash.Hash
	// want lists the sums that are right; subresource integrity may state several.
	want [][]byte
}

// newHash returns the hash of a name as subresource integrity spells it, or nil.
func newHash(algorithm string) hash.Hash {
	switch algorithm {
	case "sha512":
		return sha512.New()
	case "sha384":
		return sha512.New384()
	case "sha256":
		return sha256.New()
	case "sha1":
		return sha1.New() //nolint:gosec // see the import
	default:
		return nil
	}
}

// checksumsOf reads what a manifest states: "integrity", of whose algorithms the strongest counts (W3C Subresource
// Integrity, section 3.3.3), and "shasum", a SHA-1 in hexadecimal. Both are checked. An archive without either cannot be
// told from a forged one and is refused.
func checksumsOf(d dist) ([]*checksum, error) {
	var list []*checksum
	for _, algorithm := range []string{"sha512", "sha384", "sha256", "sha1"} {
		c := &checksum{algorithm: algorithm, seen: newHash(algorithm)}
		for item := range strings.FieldsSeq(d.Integrity) {
			name, encoded, _ := strings.Cut(item, "-")
			if name != algorithm {
				continue
			}
			encoded, _, _ = strings.Cut(encoded, "?")
			sum, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil || len(sum) != c.seen.Size() {
				return nil, fmt.Errorf("the integrity %q of the manifest is not a %s sum", item, algorithm)
			}
			c.want = append(c.want, sum)
		}
		if len(c.want) > 0 {
			list = append(list, c)
			break
		}
	}
	if d.Shasum != "" {
		sum, err := hex.DecodeString(d.Shasum)
		if err != nil || len(sum) != sha1.Size {
			return nil, fmt.Errorf("the shasum %q of the manifest is not a SHA-1 sum in hexadecimal", d.Shasum)
		}
		list = append(list, &checksum{algorithm: "sha1", seen: newHash("sha1"), want: [][]byte{sum}})
	}
	if len(list) == 0 {
		return nil, errors.New("the registry states no checksum that could be checked; use another registry")
	}
	return list, nil
}

// check compares what was seen with what was stated.
func (c *checksum) check() error {
	sum := c.seen.Sum(nil)
	if slices.ContainsFunc(c.want, func(want []byte) bool { return bytes.Equal(want, sum) }) {
		return nil
	}
	return fmt.Errorf("the %s checksum is %x, but the registry states %x: the archive is damaged or was tampered with; do not use it",
		c.algorithm, sum, c.want[0])
}
