package record

import (
	"crypto/sha1" //nolint:gosec // FHIR R4 makes Attachment.hash a SHA-1; it is compared, not trusted
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
)

// wordsRule compares text that people read: letters, digits and signs as written, white space and case aside. Narrative
// (Resource.text) is never compared, because it is made from the rest.
func wordsRule() rule {
	return rule{name: "words", differ: unlike, read: func(values []any, _ scope) string {
		texts := make([]string, 0, len(values))
		for _, value := range values {
			texts = append(texts, words(fhir.Text(value)))
		}
		return strings.Join(texts, "\n")
	}}
}

// longestWords is from how many bytes on a text is compared as it was written. Nobody writes more into a record; a server that answers with
// megabytes in one element has them folded and carried through each comparison otherwise.
const longestWords = 64 << 10

// words folds case and white space. Of a text that is longer than longestWords the start is kept as it is, and a digest of all of it.
func words(text string) string {
	if len(text) > longestWords {
		return fmt.Sprintf("%s... (%d bytes, SHA-256 %x)", strings.ToValidUTF8(text[:256], ""), len(text), sha256.Sum256([]byte(text)))
	}
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}

// rendered reports whether the text of an object is the whole of the parts that stand beside it, as it is to be displayed: what a name
// or an address consists of, each word of it, or the bounds of a range. A text that lacks one of them, which may be somebody
// else's, is compared.
func rendered(kind string, object map[string]any) bool {
	var parts []any
	switch kind {
	case "HumanName":
		parts = append(append(parts, object["family"]), fhir.List(object["given"])...)
	case "Address":
		parts = append(append(parts, object["city"], object["postalCode"]), fhir.List(object["line"])...)
	default:
		return saysRange(object)
	}
	// A whole word is looked for: "2 High Street" is no part of "12 High Street", nor "Jo" of "Joanna". A postcode may stand without its space.
	apart := func(text string) []string {
		return strings.FieldsFunc(words(text), func(r rune) bool { return strings.ContainsRune(" ,;()", r) })
	}
	said := apart(fhir.Text(object["text"]))
	for _, part := range parts {
		is := apart(fhir.Text(part))
		if part == object["postalCode"] && saysPostcode(said, strings.Join(is, "")) {
			continue
		}
		if slices.ContainsFunc(is, func(word string) bool { return !slices.Contains(said, word) }) {
			return false
		}
	}
	return true
}

// saysPostcode reports whether a postcode without its space is among words, as one of them or as two that follow each other.
func saysPostcode(said []string, code string) bool {
	for i, word := range said {
		if word == code || i > 0 && said[i-1]+word == code {
			return true
		}
	}
	return false
}

// digestRule compares attachments by their bytes: by the digest of what is carried, or by the hash that is stated when the
// bytes are elsewhere.
func digestRule() rule {
	return rule{name: "digest", differ: unlike, read: func(values []any, _ scope) string {
		digests := make([]string, 0, len(values))
		for _, value := range values {
			digests = append(digests, digest(value))
		}
		return strings.Join(digests, "\n")
	}}
}

// digest names the bytes of an attachment. Bytes that are not what the attachment itself says of them are named with what it
// says: who checks will refuse them. A hash of bytes that are neither here nor anywhere is of no use to anybody.
func digest(attachment any) string {
	hash, err := base64.StdEncoding.DecodeString(fhir.Text(fhir.Get(attachment, "hash")))
	stated := ""
	if err == nil && len(hash) > 0 {
		stated = "sha1 " + hex.EncodeToString(hash)
	}
	text := fhir.Text(fhir.Get(attachment, "data"))
	if text == "" {
		if fhir.Text(fhir.Get(attachment, "url")) == "" {
			return ""
		}
		return stated
	}
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "not base64"
	}
	sum := sha1.Sum(content) //nolint:gosec // see the import
	digest := "sha1 " + hex.EncodeToString(sum[:])
	if stated != "" && stated != digest {
		digest += " beside a hash of " + stated
	}
	if size := fhir.Text(fhir.Get(attachment, "size")); size != "" && size != strconv.Itoa(len(content)) {
		digest += " beside a size of " + size
	}
	return digest
}
