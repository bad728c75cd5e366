package console

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
)

// attempt is somebody who was sent to the provider and has not come back. It is kept by their browser alone, sealed, so that
// attempts that nobody ends take no memory, and that only the browser that began one can end it.
type attempt struct {
	State, Nonce, Verifier string
	// To is the page that they wanted.
	To    string
	Until time.Time
}

// attemptLife is how long somebody may take at the provider.
const attemptLife = 10 * time.Minute

func (c *Console) attemptCookie() string { return c.cookieName() + "-attempt" }

// sealing is what attempts are sealed with, by a key that this process alone has.
func sealing() (cipher.AEAD, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails: see its documentation
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func unguessable() string {
	random := make([]byte, tokenBytes)
	_, _ = rand.Read(random) // it never fails: see its documentation
	return hex.EncodeToString(random)
}

func equal(one, other string) bool {
	return subtle.ConstantTimeCompare([]byte(one), []byte(other)) == 1
}

// begin sends somebody to the provider. It is a link and no form, as a browser lets no form lead to another site here.
func (c *Console) begin(w http.ResponseWriter, r *http.Request) {
	if c.options.Provider == nil {
		c.problem(w, r, http.StatusNotFound, "There is no such page", "This console asks no provider who somebody is.")
		return
	}
	a := attempt{State: unguessable(), Nonce: unguessable(), Verifier: oauth2.GenerateVerifier(), To: inside(r.URL.Query().Get("to")), Until: c.options.Clock().Add(attemptLife)}
	text, err := json.Marshal(a)
	if err != nil || len(text) > mostAttempt {
		a.To = "/"
		if text, err = json.Marshal(a); err != nil {
			c.problem(w, r, http.StatusInternalServerError, "You cannot be sent to the provider", err.Error())
			return
		}
	}
	sealed := c.seal.Seal(nil, nil, text, nil) //nolint:gosec // it makes a random nonce by itself
	// Lax, not Strict: it must come back with somebody whom another site sends.
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS
		Name: c.attemptCookie(), Value: base64.RawURLEncoding.EncodeToString(sealed), Path: "/", HttpOnly: true, Secure: c.options.Secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(attemptLife.Seconds()),
	})
	p := c.options.Provider
	http.Redirect(w, r, p.oauth.AuthCodeURL(a.State, oauth2.SetAuthURLParam("nonce", a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), http.StatusSeeOther)
}

// mostAttempt is the most that a cookie holds of an attempt, in bytes: browsers keep 4096 of a whole one.
const mostAttempt = 2500

// attempted opens what the browser kept.
func (c *Console) attempted(r *http.Request) (attempt, error) {
	cookie, err := r.Cookie(c.attemptCookie())
	if err != nil {
		return attempt{}, errors.New("this browser began no attempt")
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return attempt{}, errors.New("what the browser kept is not what it was given")
	}
	text, err := c.seal.Open(nil, nil, sealed, nil)
	if err != nil {
		return attempt{}, errors.New("what the browser kept is not what it was given, or from before this console started")
	}
	var a attempt
	if err := json.Unmarshal(text, &a); err != nil {
		return attempt{}, errors.New("what the browser kept cannot be read")
	}
	if c.options.Clock().After(a.Until) {
		return attempt{}, errors.New("the attempt took too long")
	}
	return a, nil
}

// back signs somebody in who comes back from the provider.
func (c *Console) back(w http.ResponseWriter, r *http.Request) {
	p := c.options.Provider
	if p == nil {
		c.problem(w, r, http.StatusNotFound, "There is no such page", "This console asks no provider who somebody is.")
		return
	}
	if !c.returning.allow(client(r)) {
		w.Header().Set("Retry-After", "10")
		c.render(w, r, http.StatusTooManyRequests, "enter", "Sign in", c.enterView("/", "There were too many attempts from here. Wait a minute."))
		return
	}
	a, err := c.attempted(r)
	// An attempt is ended by coming back, however it ends.
	http.SetCookie(w, &http.Cookie{Name: c.attemptCookie(), Path: "/", HttpOnly: true, Secure: c.options.Secure, SameSite: http.SameSiteLaxMode, MaxAge: -1}) //nolint:gosec // Secure wherever there is TLS
	q := r.URL.Query()
	const again = "You came back from the provider without having been sent there by this console, or too late. Begin again."
	switch {
	case err != nil:
		c.refuse(w, r, "/", &refusal{Told: again, Detail: err.Error()})
		return
	case len(q["state"]) != 1 || !equal(q.Get("state"), a.State):
		c.refuse(w, r, a.To, &refusal{Told: again, Detail: "the state is not that of this attempt"})
		return
	case q.Has("iss") && q.Get("iss") != p.settings.Issuer:
		c.refuse(w, r, a.To, &refusal{Told: again, Detail: "another issuer sent them back (iss)"})
		return
	case q.Has("error"):
		c.refuse(w, r, a.To, &refusal{Told: "The provider let nobody in: " + errorCode(q.Get("error")) + ".", Detail: "the provider answered " + errorCode(q.Get("error"))})
		return
	case len(q["code"]) != 1 || q.Get("code") == "":
		c.refuse(w, r, a.To, &refusal{Told: again, Detail: "no code, or several"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	person, err := p.redeem(ctx, q.Get("code"), a)
	if err != nil {
		c.refuse(w, r, a.To, err)
		return
	}
	if !c.signIn(w, r, person, p.settings.Session) {
		return
	}
	// The cookie is not sent on the way from another site, and the code leaves the address: a page of ours goes on.
	http.Redirect(w, r, "/enter/done?to="+url.QueryEscape(a.To), http.StatusSeeOther)
}

// done is the first page of ours after another site's.
func (c *Console) done(w http.ResponseWriter, r *http.Request) {
	to := inside(r.URL.Query().Get("to"))
	w.Header().Set("Refresh", "0; url="+to)
	c.render(w, r, http.StatusOK, "done", "Signed in", to)
}

// refuse writes down that somebody was not let in, and says why.
func (c *Console) refuse(w http.ResponseWriter, r *http.Request, to string, err error) {
	why := &refusal{Told: "You cannot be signed in.", Detail: "for a reason that is not known"}
	_ = errors.As(err, &why)
	known := r.WithContext(context.WithValue(r.Context(), personKey{}, admitted{person: why.person}))
	if err := c.did(known, "refused", "", why.Detail); err != nil {
		c.problem(w, r, http.StatusInternalServerError, "This could not be written down", err.Error())
		return
	}
	c.render(w, r, http.StatusForbidden, "enter", "Sign in", c.enterView(to, why.Told))
}
