package profiles

import (
	"fmt"
	"strings"
)

// badLink says what is wrong with the URL of a link or an image in a narrative: HTML 4.0 has URIs there (RFC 2396). Blanks before the media
// type of a data URL and in its data are let be: every reader of images takes them, and the narratives of R4's own definitions have them.
func badLink(url string) string {
	const scheme = "data:"
	if url == "" {
		return "leads to nowhere"
	}
	if len(url) < len(scheme) || !strings.EqualFold(url[:len(scheme)], scheme) {
		return badCharacter(url)
	}
	head, data, comma := strings.Cut(strings.TrimLeft(url[len(scheme):], " "), ",")
	if problem := badCharacter(head + strings.Join(strings.Fields(data), "")); problem != "" {
		return problem
	}
	if !comma || data == "" {
		return "is a data URL without data"
	}
	media, encoding, _ := strings.Cut(head, ";")
	if media != "" && !strings.Contains(media, "/") {
		return fmt.Sprintf("is a data URL of %q, which is no media type", media)
	}
	if encoding != "base64" && !strings.HasSuffix(encoding, ";base64") {
		return ""
	}
	if checkBase64(data) != "" {
		return "is a data URL whose data is not base64"
	}
	return ""
}

// badCharacter says which character of a URL it cannot have, or "".
func badCharacter(url string) string {
	for i := range len(url) {
		switch c := url[i]; c {
		case '<', '>', '"', '{', '}', '\\', '^', '`':
			return fmt.Sprintf("holds %q, which a URL cannot", c)
		default:
			if c <= ' ' || c == 0x7F {
				return "holds a blank or a control character, which a URL cannot"
			}
		}
	}
	return ""
}

// schemeOf returns the scheme of a URL, or "" for a relative one.
func schemeOf(url string) string {
	scheme, _, absolute := strings.Cut(url, ":")
	if !absolute || scheme == "" || strings.ContainsAny(scheme, "/?#.") {
		return ""
	}
	return scheme
}

// followable lists the schemes that the readers of narratives follow, as HL7's reference validator has them.
func followable(scheme string) bool {
	switch scheme {
	case "http", "https", "mailto", "tel", "sms", "ftp", "data", "cid", "file":
		return true
	default:
		return false
	}
}
