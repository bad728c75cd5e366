package security

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/suites/check"
)

// Requests is about how many requests the checks of some topics send to a system, with everything given and the first person of the
// sample shown; each person whom it does not show is one more. What topics share counts once.
func Requests(scope []string) int {
	if len(scope) == 0 {
		return 0
	}
	sum := shared
	for _, topic := range scope {
		sum += requests()[topic]
	}
	return sum
}

// shared are the requests by which somebody is found whom the system shows, and by which is seen what it answers to who is let in.
const shared = 4

// requests are the further ones, by topic.
func requests() map[string]int {
	return map[string]int{
		check.TopicTokens: 32, check.TopicCertificates: 11, check.TopicTLS: 2, check.TopicCaching: 3, check.TopicDisclosure: 7, check.TopicIsolation: 7, check.TopicAudit: 4,
	}
}

// doorsOf are the doors that the checks of a topic need.
func doorsOf(topic string) []string {
	switch topic {
	case check.TopicTokens:
		return []string{check.DoorNoToken, check.DoorExpired, check.DoorAudience, check.DoorScope, check.DoorTampered, check.DoorUnsigned, check.DoorTokens}
	case check.TopicCertificates:
		return []string{check.DoorNoCert, check.DoorOldCert, check.DoorStranger, check.DoorOtherName}
	case check.TopicTLS:
		return []string{check.DoorOldTLS}
	case check.TopicIsolation:
		return []string{check.DoorPatient}
	default:
		return nil
	}
}

// Missing says what of the topics in scope cannot be tried with the doors that there are, each with what the owner has to give, as
// "what (give …)".
func Missing(scope []string, open func(door string) bool) []string {
	var missing []string
	for _, topic := range scope {
		for _, door := range doorsOf(topic) {
			if door == check.DoorTokens && open(check.DoorSecret(check.SecretInForm, check.SecretRight)) {
				continue // who shows a secret has no assertions
			}
			if !open(door) {
				missing = append(missing, fmt.Sprintf("%s (%s)", strings.ReplaceAll(door, "-", " "), lacking(door)))
			}
		}
	}
	slices.Sort(missing)
	return slices.Compact(missing)
}
