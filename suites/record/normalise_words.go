package record

import (
	"crypto/sha1" //nolint:gosec // FHIR R4 makes Attachment.hash a SHA-1; it is compared, not trusted
	"encoding/base64"
	"encoding/hex"
	"strings"

	"concord/internal/fhir"
)

// wordsRule compares text that people read: letters, digits and signs as written, white space and case aside. Narrative
// (Resource.text) is never compared, because it is made from the rest.
func wordsRule() rule {
	return rule{name: "words", differ: unlike, read: func(values []any, _ Names) string {
		texts := make([]string, 0, len(values))
		for _, value := range values {
			texts = append(texts, words(fhir.Text(value)))
		}
		return strings.Join(texts, "\n")
	}}
}

// words folds case and white space.
func words(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// digestRule compares attachments by their bytes: by the digest of what is carried, or by the hash that is stated when the
// bytes are elsewhere.
func digestRule() rule {
	return rule{name: "digest", differ: unlike, read: func(values []any, _ Names) string {
		digests := make([]string, 0, len(values))
		for _, value := range values {
			digests = append(digests, digest(value))
		}
		return strings.Join(digests, "\n")
	}}
}

func digest(attachment any) string {
	if text := fhir.Text(fhir.Get(attachment, "data")); text != "" {
		content, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return "not base64"
		}
		sum := sha1.Sum(content) //nolint:gosec // see the import
		return "sha1 " + hex.EncodeToString(sum[:])
	}
	stated, err := base64.StdEncoding.DecodeString(fhir.Text(fhir.Get(attachment, "hash")))
	if err != nil || len(stated) == 0 {
		return ""
	}
	return "sha1 " + hex.EncodeToString(stated)
}
