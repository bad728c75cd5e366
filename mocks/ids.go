package mocks

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// idCodec gives the neighbour's resources ids in this system's own style. It is reversible and keeps no state, so a
// federated resource has the same id after a restart and can be read by it.
type idCodec struct {
	// local turns a neighbour's id into one of ours; it reports false for an id it cannot carry.
	local func(neighbourID string) (string, bool)
	// neighbour turns such an id back; it reports false for the ids of our own resources.
	neighbour func(localID string) (string, bool)
}

// checked makes both directions refuse what does not come back as it was, so no two ids share one translation.
func checked(c idCodec) idCodec {
	through := func(there, back func(string) (string, bool)) func(string) (string, bool) {
		return func(id string) (string, bool) {
			other, ok := there(id)
			if !ok {
				return "", false
			}
			again, ok := back(other)
			return other, ok && again == id
		}
	}
	local, neighbour := through(c.local, c.neighbour), through(c.neighbour, c.local)
	return idCodec{
		local: func(id string) (string, bool) {
			if other, ok := local(id); ok {
				return other, true
			}
			return plainMark + id, isID(plainMark + id)
		},
		neighbour: func(id string) (string, bool) {
			if other, ok := neighbour(id); ok {
				return other, true
			}
			return strings.CutPrefix(id, plainMark)
		},
	}
}

// plainMark starts the local id of a neighbour's resource whose id is not of the neighbour's own style, because a client
// chose it. It is legal, though not this system's style either.
const plainMark = "n."

// uuidMark starts every UUID that carries a numeric id. The version nibble is 8 (RFC 9562, custom), which no id of the
// ledger has.
const uuidMark = "fed00000-0000-8"

// maxDigits bounds the numeric ids that fit a UUID: 10^18 < 2^60.
const maxDigits = 18

// uuidCodec carries decimal ids of at most 18 digits inside UUIDs.
func uuidCodec() idCodec {
	return checked(idCodec{
		local: func(id string) (string, bool) {
			if id == "" || len(id) > maxDigits || (id[0] == '0' && id != "0") {
				return "", false
			}
			n, err := strconv.ParseUint(id, 10, 64)
			if err != nil {
				return "", false
			}
			h := fmt.Sprintf("%015x", n)
			return uuidMark + h[:3] + "-8" + h[3:6] + "-000" + h[6:], true
		},
		neighbour: func(id string) (string, bool) {
			rest, ok := strings.CutPrefix(id, uuidMark)
			if !ok || len(rest) != len("hhh-8hhh-000hhhhhhhhh") || rest[3:5] != "-8" || rest[8:12] != "-000" {
				return "", false
			}
			n, err := strconv.ParseUint(rest[:3]+rest[5:8]+rest[12:], 16, 64)
			if err != nil {
				return "", false
			}
			return strconv.FormatUint(n, 10), true
		},
	})
}

// numericCodec carries lower-case UUIDs as decimal numbers of 40 digits that start with 9.
func numericCodec() idCodec {
	const digits = 39
	return checked(idCodec{
		local: func(id string) (string, bool) {
			plain := strings.ReplaceAll(id, "-", "")
			if len(id) != 36 || len(plain) != 32 || strings.ToLower(id) != id {
				return "", false
			}
			n, ok := new(big.Int).SetString(plain, 16)
			if !ok || n.Sign() < 0 {
				return "", false
			}
			text := n.String()
			return "9" + strings.Repeat("0", digits-len(text)) + text, true
		},
		neighbour: func(id string) (string, bool) {
			if len(id) != digits+1 || id[0] != '9' {
				return "", false
			}
			n, ok := new(big.Int).SetString(id[1:], 10)
			if !ok || n.Sign() < 0 || n.BitLen() > 128 {
				return "", false
			}
			h := fmt.Sprintf("%032x", n)
			return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], true
		},
	})
}
