package console

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// Role is what somebody may do. Everybody who is let in may read.
type Role string

// The roles.
const (
	// Reader may look at everything.
	Reader Role = "reader"
	// Runner may start and stop runs too, and attest what was done to a system.
	Runner Role = "runner"
	// Signer may sign too.
	Signer Role = "signer"
)

// Roles lists every role.
func Roles() []Role { return []Role{Reader, Runner, Signer} }

// Person is somebody who is let in.
type Person struct {
	Name  string
	Roles []Role
	// Subject and Issuer say who they are to the OpenID provider that let them in; both are empty where a token did.
	Subject, Issuer string
}

// May reports whether the person has the role. Everybody may read.
func (p Person) May(role Role) bool { return role == Reader || slices.Contains(p.Roles, role) }

// Access says who is let in with which token. The tokens themselves are not kept.
type Access struct {
	people []keyed
}

type keyed struct {
	digest [sha256.Size]byte
	person Person
}

// tokenBytes is how long tokens and the values of cookies are, in random bytes.
const tokenBytes = 32

// NewToken makes a token for a person, and the line that lets it in for ReadAccess.
func NewToken(person Person) (token, line string) {
	random := make([]byte, tokenBytes)
	_, _ = rand.Read(random) // it never fails: see its documentation
	token = hex.EncodeToString(random)
	digest := sha256.Sum256([]byte(token))
	roles := make([]string, 0, len(person.Roles))
	for _, role := range person.Roles {
		roles = append(roles, string(role))
	}
	return token, person.Name + " " + strings.Join(roles, ",") + " sha256:" + hex.EncodeToString(digest[:])
}

// ReadAccess reads who is let in: a line for each person with a name without spaces, roles with commas between, and
// "sha256:" with the SHA-256 of their token in hexadecimal. Empty lines and those that begin with # say nothing.
func ReadAccess(r io.Reader) (*Access, error) {
	a := &Access{}
	lines := bufio.NewScanner(io.LimitReader(r, 1<<20))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, err := readPerson(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		a.people = append(a.people, k)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(a.people) == 0 {
		return nil, errors.New("nobody is named: \"concord serve --new-token NAME:ROLE\" prints a line for a person")
	}
	return a, nil
}

func readPerson(line string) (keyed, error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return keyed{}, errors.New("it is not \"NAME ROLES sha256:HASH\"")
	}
	k := keyed{person: Person{Name: fields[0]}}
	for role := range strings.SplitSeq(fields[1], ",") {
		if !slices.Contains(Roles(), Role(role)) {
			return keyed{}, fmt.Errorf("%q is no role: the roles are reader, runner and signer", role)
		}
		k.person.Roles = append(k.person.Roles, Role(role))
	}
	text, ok := strings.CutPrefix(fields[2], "sha256:")
	digest, err := hex.DecodeString(text)
	if !ok || err != nil || len(digest) != sha256.Size {
		return keyed{}, errors.New("the third word is not sha256: with 64 hexadecimal digits; the token itself does not belong here")
	}
	k.digest = [sha256.Size]byte(digest)
	return k, nil
}

// find returns whose token it is. It takes as long for a wrong token as for a right one. Nil lets nobody in.
func (a *Access) find(token string) (Person, bool) {
	if a == nil {
		return Person{}, false
	}
	digest := sha256.Sum256([]byte(token))
	var person Person
	found := false
	for _, k := range a.people {
		if subtle.ConstantTimeCompare(digest[:], k.digest[:]) == 1 {
			person, found = k.person, true
		}
	}
	return person, found
}

// sessions remembers who signed in with which cookie, by the cookie's hash.
type sessions struct {
	clock func() time.Time
	mu    sync.Mutex
	known map[[sha256.Size]byte]session
}

type session struct {
	person Person
	until  time.Time
}

const (
	// sessionLife is how long somebody stays signed in whom a token let in.
	sessionLife = 12 * time.Hour
	// mostSessions bounds the memory that signing in takes.
	mostSessions = 1000
)

func newSessions(clock func() time.Time) *sessions {
	return &sessions{clock: clock, known: map[[sha256.Size]byte]session{}}
}

// begin signs a person in for so long and returns the value of the cookie.
func (s *sessions) begin(person Person, life time.Duration) string {
	value := unguessable()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	for key, one := range s.known {
		if now.After(one.until) || len(s.known) >= mostSessions {
			delete(s.known, key)
		}
	}
	s.known[sha256.Sum256([]byte(value))] = session{person, now.Add(life)}
	return value
}

func (s *sessions) find(value string) (Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.known[sha256.Sum256([]byte(value))]
	if !ok || s.clock().After(one.until) {
		return Person{}, false
	}
	return one.person, true
}

func (s *sessions) end(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, sha256.Sum256([]byte(value)))
}

// limiter lets each client send so many requests a second, with bursts.
type limiter struct {
	clock       func() time.Time
	rate, burst float64
	mu          sync.Mutex
	clients     map[string]*allowance
}

type allowance struct {
	left float64
	at   time.Time
}

// mostClients bounds the memory that clients take: beyond it, those that asked for nothing lately are forgotten.
const mostClients = 10_000

func newLimiter(clock func() time.Time, rate, burst float64) *limiter {
	return &limiter{clock: clock, rate: rate, burst: burst, clients: map[string]*allowance{}}
}

// allow reports whether a client may send one more request now.
func (l *limiter) allow(client string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	a := l.clients[client]
	if a == nil {
		if len(l.clients) >= mostClients {
			for name, other := range l.clients {
				if other.left+now.Sub(other.at).Seconds()*l.rate >= l.burst {
					delete(l.clients, name)
				}
			}
			if len(l.clients) >= mostClients {
				return false
			}
		}
		a = &allowance{left: l.burst, at: now}
		l.clients[client] = a
	}
	a.left = min(l.burst, a.left+now.Sub(a.at).Seconds()*l.rate)
	a.at = now
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}
